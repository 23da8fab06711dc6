"""Mails through a mail server that speaks SMTP, and Apprise through one of its own plugins."""

import pytest

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.receivers.apprise_url import Apprise
from services.evaluator.delivery.receivers.mail import Mail
from shared.domain.target import Target, TargetKind, Variable, Written
from shared.notification import Event
from tests.support.mail import mail_server
from tests.support.port import free_port
from tests.support.receiver import http_receiver
from tests.unit.evaluator.delivery.build import AT, LINK, notification

# one of Apprise's plugins asks for a module that Python 3.13 no longer has
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

TO = ("ann@example.com", "bob@example.com")


def letter(port: int, event: Event = Event.FIRING) -> Attempt:
    url = f"smtp://127.0.0.1:{port}"
    target = Target("mail", TargetKind.EMAIL, Written(url), to=TO, sender="leeway@example.com")
    return Attempt(notification(event), Access(target, url), AT, LINK)


async def test_a_mail_reaches_everybody_it_is_for() -> None:
    async with mail_server() as server:
        await Mail().send(letter(server.port))
    ((recipients, found),) = server.mails
    assert recipients == list(TO)
    assert found["Subject"].startswith("[PAGE] Checkout answers / availability")
    plain = found.get_body(("plain",))
    assert plain is not None
    assert LINK in plain.get_content()


@pytest.mark.parametrize(("code", "kind"), [(550, Refused), (450, Unreached)])
async def test_a_server_that_takes_it_for_nobody_refuses_for_good_or_for_now(
    code: int, kind: type[Exception]
) -> None:
    async with mail_server() as server:
        server.refused = dict.fromkeys(TO, code)
        with pytest.raises(kind, match=f"ann@example.com \\({code}\\)"):
            await Mail().send(letter(server.port))
    assert server.mails == []


async def test_a_recipient_who_is_refused_is_named_and_the_others_have_their_mail() -> None:
    async with mail_server() as server:
        server.refused = {"ann@example.com": 550}
        with pytest.raises(Refused, match=r"not for ann@example.com \(550\)"):
            await Mail().send(letter(server.port))
    assert [recipients for recipients, _ in server.mails] == [["bob@example.com"]]


async def test_a_mail_server_that_is_away_may_come_back() -> None:
    with pytest.raises(Unreached, match="the mail server cannot be reached"):
        await Mail().send(letter(free_port()))


def by_apprise(url: str) -> Attempt:
    target = Target("other", TargetKind.APPRISE, Variable("URL"))
    return Attempt(notification(), Access(target, url), AT, LINK)


async def test_apprise_delivers_where_its_url_says() -> None:
    with http_receiver() as receiver:
        await Apprise().send(by_apprise(f"json://127.0.0.1:{receiver.port}/hook"))
        (got,) = receiver.until(1)
    assert got.json["title"].startswith("[PAGE] Checkout answers")
    assert got.json["type"] == "failure"
    assert "Budget left: -47 %" in got.json["message"]


async def test_apprise_that_cannot_deliver_tells_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(Unreached) as unreached:
        await Apprise().send(by_apprise(f"json://user:s3cr3t@127.0.0.1:{free_port()}/"))
    with pytest.raises(Refused) as refused:
        await Apprise().send(by_apprise("nonsense://s3cr3t"))
    assert "s3cr3t" not in f"{unreached.value} {refused.value} {caplog.text}"
