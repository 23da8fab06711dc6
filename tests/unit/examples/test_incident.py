"""The incident is what its page says."""

import io
from pathlib import Path

from leeway.formatting.formatter import Form, formatted
from leeway.trial.definitions import defined
from leeway.trial.run import run
from leeway.trial.source import EventFile, OpenFile
from shared.definitions.check import check
from shared.definitions.reader import read_paths

FOLDER = Path(__file__).parents[3] / "examples" / "incident"


def test_it_pages_once_as_its_page_says() -> None:
    reading = read_paths([FOLDER])
    found = check(reading.documents)
    assert (reading.problems, found.errors, found.warnings) == ([], (), ())
    events = OpenFile(EventFile(Path("events")), io.BytesIO((FOLDER / "events.jsonl").read_bytes()))

    trial = run(defined(reading.documents), [events], every=60, at=None)

    assert trial.refusals == []
    (status,), (alert,) = trial.statuses, trial.alerts
    (objective,) = status["objectives"]
    assert (objective["good"], objective["total"], objective["state"]) == (43, 54, "breached")
    page = (FOLDER / "README.md").read_text()
    assert f"{alert['from']}  {alert['to']}  {alert['severity']} " in page


def test_its_definitions_are_formatted() -> None:
    file = FOLDER / "payments.yaml"
    assert formatted(file.read_text(), str(file), Form.YAML) == file.read_text()
