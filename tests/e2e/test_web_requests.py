"""Real requests of a public web server, through the real commands, to the last integer."""

import os
from pathlib import Path

import pytest

from tests.e2e.running import ROOT, local_stack

FOLDER = Path(os.environ.get("LEEWAY_TEST_DATA", ROOT.parent / "shared" / "data"))
REQUESTS = FOLDER / "web-requests.jsonl"

TOTAL = {
    "www": 3_343,
    "projects": 603,
    "presentations": 2_305,
    "images": 1_243,
    "blog": 1_959,
    "files": 547,
}
SERVED = TOTAL | {"www": 3_341, "projects": 602}
SUCCEEDED = {
    "www": 3_267,
    "presentations": 2_264,
    "blog": 1_929,
    "projects": 595,
    "files": 482,
    "images": 1_243,
}
FIGURES = {
    f"{service}-{name}/{name}": (good[service], total)
    for service, total in TOTAL.items()
    for name, good in (("availability", SERVED), ("success", SUCCEEDED))
}


def test_ten_thousand_real_requests_are_counted_exactly(tmp_path: Path) -> None:
    if not REQUESTS.exists():
        # Not ours to ship, so not there in CI either: a skip, not a failure.
        pytest.skip(f"{REQUESTS} is missing: name its folder in LEEWAY_TEST_DATA")
    assert sum(TOTAL.values()) == 10_000
    with local_stack(tmp_path / "data") as stack:
        applied = stack.leeway("apply", "examples/web")
        assert applied.code == 0, applied.err
        assert "events are counted by revision" in applied.err
        sent = stack.leeway("send", str(REQUESTS), "--shift-to-now")
        assert (sent.code, sent.out, sent.err) == (0, "", "sent 10,000 events\n")
        stack.await_figures(FIGURES)
        shown = stack.leeway("status", "www-success")
        assert "97.7266%" in shown.out
        assert stack.leeway("status", "--fail-on", "breached").code == 1
