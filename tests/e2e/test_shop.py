"""The demo as a newcomer runs it: every figure true, restarts included."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.running import ROOT, Ended, Running, environment, local_stack
from tests.support.waiting import wait_until

STRANGER = {
    "service": "checkout",
    "route": "/checkout",
    "status": 500,
    "ts": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
}
OWN = "leeway-api-availability/availability"


def shop(command: str, stack: Running, *options: str) -> Ended:
    run = subprocess.run(
        [sys.executable, "-m", "examples.shop", command, "--data", str(stack.data), *options],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    return Ended(run.returncode, run.stdout, run.stderr)


def until_live(stack: Running) -> None:
    wait_until(lambda: "going on live" in stack.tail(), "the shop to be live", within=120)


def sent(stack: Running) -> int:
    truth: dict[str, int] = json.loads(shop("truth", stack).out)
    return truth["sent"]


def test_every_figure_of_the_demo_is_true_also_after_a_restart(
    tmp_path: Path, database: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    with local_stack(data, *database, "--demo") as first:
        until_live(first)
        assert sent(first) > 100_000
        compared = shop("compare", first, "--server", first.url)
        assert compared.code == 0, compared.out + compared.err
        assert compared.out.startswith("all ")
        states = {status["slo"]: status["state"] for status in first.get("/v1/slos")["items"]}
        assert states["checkout-availability"] == "breached"
        assert states["search-availability"] == "ok"
        wait_until(lambda: first.figures()[OWN][1] > 0, "the api's own requests")
        assert first.stop() == 0
    before = sent(first)
    with local_stack(data, *database, "--demo") as second:
        until_live(second)
        wait_until(lambda: sent(second) > before, "the shop to go on")
        compared = shop("compare", second, "--server", second.url)
        assert compared.code == 0, compared.out + compared.err
        assert sent(second) < before + 5_000  # it went on, and did not begin again
        assert second.leeway("send", "-", given=json.dumps(STRANGER).encode()).code == 0
        compared = shop("compare", second, "--server", second.url)
        assert compared.code == 1
        assert "total of checkout-availability/availability" in compared.out
        assert "figures differ" in compared.err
