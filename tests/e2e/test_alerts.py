"""Alerts of a stack that runs, stops and goes on."""

from pathlib import Path
from typing import Any

from tests.e2e.promise import promise, requests
from tests.e2e.running import Running, local_stack
from tests.support.waiting import wait_until

TIERS = {"slow-page", "fast-ticket", "slow-ticket"}  # the fast page cannot fire at 90 %


def alerts(stack: Running, state: str) -> dict[str, dict[str, Any]]:
    """Return the alerts in a state, by condition."""
    return {one["condition"]: one for one in stack.get("/v1/alerts", state=state)["items"]}


def test_an_alert_is_the_same_one_before_and_after_a_restart(
    tmp_path: Path, database: tuple[str, ...]
) -> None:
    made = promise(tmp_path, "pay")
    with local_stack(tmp_path / "data", *database, "--definitions", str(made.file)) as stack:
        assert stack.leeway("send", "-", given=requests("pay", 100, failing_every=1)).code == 0
        wait_until(lambda: alerts(stack, "firing").keys() == TIERS, "the alerts")
        before = alerts(stack, "firing")
        (status,) = stack.get("/v1/slos")["items"]
        shown = {one["condition"]: one["state"] for one in status["objectives"][0]["alerts"]}
        assert shown == dict.fromkeys(TIERS, "firing")
    with local_stack(tmp_path / "data", *database) as stack:
        assert alerts(stack, "firing") == before
        good = requests("pay", 2_000, failing_every=10_000, first=10_001)
        assert stack.leeway("send", "-", given=good).code == 0
        wait_until(lambda: alerts(stack, "resolved").keys() == TIERS, "their end")
        after = alerts(stack, "resolved")
        assert {one["id"] for one in after.values()} == {one["id"] for one in before.values()}
        for one in after.values():
            assert [step["state"] for step in one["transitions"]] == ["firing", "resolved"]
        listed = stack.leeway("get", "alerts", "--state", "resolved").out
        assert all(one["id"] in listed for one in after.values())
