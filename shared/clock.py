"""What second it is for figures."""

import math


def second_of(moment: float) -> int:
    """Return the second in progress by its end, so that the newest events count.

    `moment` in seconds since 1970. docs/adr/0020 says why.
    """
    return math.ceil(moment)
