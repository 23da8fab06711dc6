"""What `leeway try` costs: CPU seconds for a day, or more, in which every bucket holds events.

python -m benchmarks.trial [--days 1] [--rate 2] [--every 60]

The definitions of the shop (examples/shop), four of whose services have events; for ten minutes of
each day one in twenty fails.
"""

import argparse
import io
import json
import random
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

from leeway.definition import read_some
from leeway.trial.definitions import defined
from leeway.trial.run import run
from leeway.trial.source import EventFile, OpenFile

DEFINITIONS = Path(__file__).parents[1] / "examples" / "shop" / "definitions"
START = 1_764_000_000
DAY = 86_400
TROUBLE = range(30_000, 30_600)  # seconds of the day
SERVICES = ("storefront", "search", "checkout", "payments")


def events(days: float, rate: float) -> Iterator[bytes]:
    """Yield the lines of a file of events."""
    chance = random.Random(1)
    for number in range(int(days * DAY * rate)):
        at = number / rate
        failing = 0.05 if int(at) % DAY in TROUBLE else 0.001
        event = {
            "id": str(number),
            "ts": START + at,
            "service": chance.choice(SERVICES),
            "route": "/",
            "provider": chance.choice("abc"),
            "status": 500 if chance.random() < failing else 200,
            "duration_ms": round(chance.expovariate(1 / 80), 1),
        }
        yield json.dumps(event).encode() + b"\n"


def main() -> None:
    """Read the options, try the definitions and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=1)
    parser.add_argument("--rate", type=float, default=2, help="events a second")
    parser.add_argument("--every", type=int, default=60, help="seconds between ticks")
    options = parser.parse_args()
    lines = b"".join(events(options.days, options.rate))
    file = OpenFile(EventFile(Path("events")), io.BytesIO(lines))
    definitions = defined(read_some([DEFINITIONS]).documents)
    began = time.process_time()
    with redirect_stderr(io.StringIO()):
        trial = run(definitions, [file], every=options.every, at=None)
    spent = time.process_time() - began
    counted = sum(results["counted"] for results in trial.results.values())
    print(f"{spent:.1f} CPU s for {options.days:g} days, {counted:,} events counted")


if __name__ == "__main__":
    main()
