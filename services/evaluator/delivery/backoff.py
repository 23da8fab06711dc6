"""How long to wait before a notification is tried again."""

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0


def pause(attempts: int, chance: float) -> float:
    """Return the seconds to wait after so many attempts: doubled each time, up to five minutes.

    `chance` lies in [0, 1): half of the pause is left to it, so that those who failed together
    do not come back together.
    """
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 30))
    return whole * (0.5 + chance / 2)
