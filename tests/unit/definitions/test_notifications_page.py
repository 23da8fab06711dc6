"""The examples of `docs/notifications.md` are what they say: one for each kind, without a flaw."""

import re
from pathlib import Path

from shared.definitions.check import check
from shared.definitions.reader import read_text
from shared.definitions.target import notification_target
from shared.domain.target import TargetKind

PAGE = Path(__file__).parents[3] / "docs" / "notifications.md"


def test_every_kind_has_an_example_that_is_complete() -> None:
    kinds = set()
    for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL):
        documents, problems = read_text(text, "notifications.md")
        checked = check(documents)
        assert [*problems, *checked.errors, *checked.warnings] == []
        kinds |= {notification_target(document.body).kind for document in documents}
    assert kinds == set(TargetKind)
