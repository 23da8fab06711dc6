import pytest

from leeway.exit import CommandFailed, ExitCode
from leeway.kind import definition_of, kind_of, plural


@pytest.mark.parametrize("text", ["SLO", "slo", "slos", "SLOs"])
def test_a_kind_is_found_in_any_spelling(text: str) -> None:
    assert kind_of(text) == "SLO"


def test_a_kind_that_ends_with_y_has_a_plural_of_its_own() -> None:
    assert plural("AlertPolicy") == "alertpolicies"
    assert kind_of("alertpolicies") == "AlertPolicy"


def test_a_kind_that_is_misspelt_is_guessed() -> None:
    with pytest.raises(CommandFailed, match="did you mean AlertPolicy") as failed:
        kind_of("alertpolcy")
    assert failed.value.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("slos", "a", ("SLO", "a")),
        ("SLO/a", None, ("SLO", "a")),
        ("slo/a/b", None, ("SLO", "a/b")),
        ("slo", "a/b", ("SLO", "a/b")),
        ("slo", None, None),
        (None, None, None),
    ],
)
def test_a_definition_is_named_by_two_words_or_by_one(
    kind: str | None, name: str | None, meant: tuple[str, str] | None
) -> None:
    assert definition_of(kind, name) == meant
