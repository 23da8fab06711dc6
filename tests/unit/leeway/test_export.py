from leeway.export import file_name


def test_a_name_with_slashes_stays_one_file() -> None:
    assert file_name("a/b|c\\d") == "a%2Fb%7Cc%5Cd.yaml"


def test_long_names_stay_apart_and_short_enough() -> None:
    first, second = file_name("a/" * 127 + "1"), file_name("a/" * 127 + "2")
    assert first != second
    assert len(first) <= 255
