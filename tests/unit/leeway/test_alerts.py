"""`leeway get alerts ID`: how an alert went, in words."""

from typing import Any

import pytest

from leeway.alerts import _write_details

BURN = {"lookback": "1d", "burn_long": 2.489, "short_window": None, "burn_short": None}
LEFT = {"remaining_ratio": 0.2}


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (BURN | LEFT, "firing, burn over 1d: 2.489"),
        (
            BURN | LEFT | {"budget_below": 0.25},
            "firing, burn over 1d: 2.489, budget left: 20% (alerts at less than 25%)",
        ),
        (
            LEFT | {"budget_below": 0.25, "exhausted_within": "3d"},
            "firing, budget left: 20%"
            " (alerts at less than 25% and 3d or less at the last hour's rate)",
        ),
    ],
)
def test_a_transition_says_by_which_figures(
    capsys: pytest.CaptureFixture[str], figures: dict[str, Any], expected: str
) -> None:
    step = {"at": "2026-11-23T06:00:00Z", "state": "firing", "reason": None, "figures": figures}
    _write_details({"transitions": [step], "acknowledged": None})
    assert " ".join(capsys.readouterr().out.split()) == f"2026-11-23T06:00:00Z {expected}"
