"""The windows over which an SLO's burn rate is kept."""

from shared.domain.slo import SLO, RollingWindow
from shared.domain.window import STANDARD_WINDOWS


def burn_windows(slo: SLO) -> dict[str, int]:
    """Return the windows whose burn rates are shown, as written, with their seconds.

    The standard ones, every window that a condition names, and the SLO's own where it rolls.
    """
    found = dict(STANDARD_WINDOWS)
    for condition in (policy.condition for policy in slo.policies):
        found[condition.lookback_text] = condition.lookback
        if condition.short_window is not None and condition.short_window_text is not None:
            found[condition.short_window_text] = condition.short_window
    if isinstance(slo.window, RollingWindow):
        found[slo.window.text] = slo.window.seconds
    return found
