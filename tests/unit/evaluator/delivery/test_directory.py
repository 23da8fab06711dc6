"""Where notifications send people to."""

from services.evaluator.delivery.access import Secrets
from services.evaluator.delivery.directory import Directory
from shared.notification import Event
from tests.unit.evaluator.delivery.build import notification


def directory(public_url: str | None) -> Directory:
    return Directory(dict, {}, Secrets(environment={}), public_url)


def test_a_notification_links_to_its_alert() -> None:
    link = directory("https://leeway.example.com/").link(notification(alert="a1"))
    assert link == "https://leeway.example.com/alerts/a1"


def test_the_test_of_a_target_is_about_no_alert() -> None:
    home = "https://leeway.example.com/"
    assert directory(home).link(notification(Event.TEST)) == home


def test_without_an_address_there_is_no_link() -> None:
    assert directory(None).link(notification()) is None
