from leeway.difference import difference, differences, painted


def test_a_change_shows_the_lines_that_go_and_come() -> None:
    lines = difference(
        "SLO/a", {"spec": {"target": 0.9, "x": 1}}, {"spec": {"target": 0.8, "x": 1}}
    )
    assert lines[:2] == ["--- SLO/a before", "+++ SLO/a after"]
    assert lines[3:] == [" spec:", "-  target: 0.9", "+  target: 0.8", "   x: 1"]


def test_what_is_new_or_gone_is_shown_whole() -> None:
    assert difference("SLO/a", None, {"a": 1})[0] == "--- nothing"
    assert difference("SLO/a", {"a": 1}, None)[-1] == "-a: 1"


def test_what_is_the_same_has_no_lines() -> None:
    change = {"kind": "SLO", "name": "a", "before": {"a": [1]}, "after": {"a": [1]}}
    assert list(differences([change])) == []


def test_brackets_in_a_line_are_no_colours() -> None:
    assert painted("+a: [red]") == r"[green]+a: \[red][/]"
