import pytest

from leeway.exit import CommandFailed, ExitCode
from leeway.kind import kind_of, plural


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
