"""An agreement over the command line: from a file to a promise that both teams can read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.promise import promise, requests
from tests.e2e.running import Running, local_stack
from tests.support.waiting import wait_until

AGREEMENT = """\
apiVersion: leeway/v1
kind: Agreement
metadata: {name: deal}
spec:
  type: SLA
  provider: {team: payments, contact: payments@example.com}
  consumers: [{team: storefront, contact: "#storefront"}]
  promises:
    - slo: agreed-availability
      target: 0.8
      window: {duration: 1d, calendar: {startTime: "2026-01-01 00:00:00", timeZone: UTC}}
  effective: {from: 2026-01-01}
"""


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, shared_database: tuple[str, ...]
) -> Iterator[Running]:
    with local_stack(tmp_path_factory.mktemp("stack") / "data", *shared_database) as running:
        yield running


def test_a_promise_is_agreed_counted_changed_and_ended(stack: Running, tmp_path: Path) -> None:
    made = promise(tmp_path, "agreed", target="0.9999")
    file = tmp_path / "deal.yaml"
    file.write_text(AGREEMENT)
    assert stack.leeway("apply", str(tmp_path)).code == 0

    early = stack.leeway("agreement", "accept", "deal", "--as", "payments", "--name", "Ann")
    assert (early.code, "must be proposed first" in early.err) == (1, True)
    for act, team in (("propose", "payments"), ("accept", "payments"), ("accept", "storefront")):
        done = stack.leeway("agreement", act, "deal", "--as", team, "--name", "Ann Lee")
        assert done.code == 0, done.err
    assert done.out == "deal version 1 active\n"

    stack.leeway("send", "-", given=requests("agreed", 1_000))
    stack.await_figures({made.name: (900, 1_000)})

    def kept() -> bool:
        found = stack.leeway("get", "agreements", "deal", "-o", "json").out
        (one,) = json.loads(found)["promises"]
        return bool(one["current"]["total"] == 1_000 and one["current"]["met"])

    wait_until(kept, "the promise to be counted", within=30)
    assert "agreed-availability" in stack.leeway("get", "agreements").out

    file.write_text(AGREEMENT.replace("0.8", "0.95"))
    assert stack.leeway("apply", str(file)).code == 0
    versions = stack.leeway("agreement", "versions", "deal").out
    assert "version 2: spec.promises[0].target\n- 0.8\n+ 0.95\n" in versions
    assert kept()  # version 1 holds until the new one is agreed

    refused = stack.leeway("delete", "agreement", "deal")
    assert (refused.code, "leeway agreement terminate deal" in refused.err) == (1, True)
    ended = stack.leeway("agreement", "terminate", "deal", "--as", "storefront", "--name", "Bo")
    assert ended.out.splitlines()[0] == "deal version 1 terminated"
    assert "terminated for storefront by Bo" in stack.leeway("history", "agreement", "deal").out
