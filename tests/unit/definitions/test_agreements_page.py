"""`docs/agreements.md` is right: its example is accepted as it stands."""

import re
from datetime import date
from pathlib import Path

from shared.definitions.check import check
from shared.definitions.document import document_of
from shared.definitions.reader import read_text
from tests.unit.definitions.builder import service, slo

PAGE = (Path(__file__).parents[3] / "docs" / "agreements.md").read_text(encoding="utf-8")


def test_the_example_is_accepted_without_a_warning() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    documents, problems = read_text(example, "agreements.md")
    known = [document_of(body) for body in (service(), slo(), slo("checkout-latency"))]
    found = check(documents, known=known, today=date(2026, 2, 1))
    assert (problems, found.errors, found.warnings) == ([], (), ())
