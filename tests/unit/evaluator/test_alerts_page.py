"""The condition that `docs/alerts.md` gives for an alert on the budget alone."""

from pathlib import Path

from shared.definitions.alerting import alert_condition
from shared.definitions.reader import read_text
from shared.domain.slo import AlertPolicy
from shared.domain.window import DAY
from tests.unit.evaluator.alarm import Alarm
from tests.unit.evaluator.build import slo

PAGE = Path(__file__).parents[3] / "docs" / "alerts.md"


def test_the_budget_alert_of_the_page_fires_while_nothing_fails_any_more() -> None:
    text = PAGE.read_text().partition("```yaml\n")[2].partition("```")[0]
    ((document,), _) = read_text(text, "alerts.md")
    condition = alert_condition(document.body)
    alarm = Alarm(slo(policies=[AlertPolicy("budget", condition)]))
    alarm.count(80, 9_900, ago=3 * DAY)
    alarm.count(0, 100)
    alarm.tick()
    assert alarm.states() == ["firing"]
