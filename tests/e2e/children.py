"""Children for tests of supervision: `python -m tests.e2e.children WAY`."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Behave in the way that is asked for."""
    way = sys.argv[1]
    if way == "dies":
        sys.stdout.write("about to fail\n")
        sys.exit(7)
    if way == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if way == "obedient":
        signal.signal(signal.SIGTERM, _leave)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    if way == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    while True:
        signal.pause()


def _leave(_: int, __: FrameType | None) -> None:
    sys.stdout.write("left\n")
    sys.exit(0)


if __name__ == "__main__":
    main()
