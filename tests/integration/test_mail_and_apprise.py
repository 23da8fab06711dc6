"""Mails through a real mail server, with TLS and login; Apprise through one of its own plugins."""

import base64
import logging

import pytest

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.receivers.apprise_url import Apprise
from services.evaluator.delivery.receivers.mail import Mail
from shared.domain.target import Target, TargetKind, Variable, Written
from shared.notification import Event
from tests.support.kafka.certificates import Certificates, make_certificates
from tests.support.mail import mail_server
from tests.support.port import free_port
from tests.support.receiver import http_receiver
from tests.unit.evaluator.delivery.build import AT, LINK, notification

pytestmark = [
    # one of Apprise's plugins asks for a module that Python 3.13 no longer has
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),
    # of the mail server, which does not see that there is TLS from the start
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]

TO = ("ann@example.com", "bob@example.com")


LOGIN = ("leeway", "s3cr3t-passw0rd")


def letter(port: int, *, scheme: str = "smtp", login: tuple[str, str] | None = None) -> Attempt:
    user, password = login or (None, None)
    url = f"{scheme}://127.0.0.1:{port}"
    target = Target(
        "mail", TargetKind.EMAIL, Written(url), to=TO, sender="leeway@example.com", user=user
    )
    return Attempt(notification(Event.FIRING), Access(target, url, password), AT, LINK)


async def test_a_mail_reaches_everybody_it_is_for() -> None:
    with mail_server() as server:
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
    with mail_server() as server:
        server.refused = dict.fromkeys(TO, code)
        with pytest.raises(kind, match=f"ann@example.com \\({code}\\)"):
            await Mail().send(letter(server.port))
    assert server.mails == []


async def test_a_recipient_who_is_refused_is_named_and_the_others_have_their_mail() -> None:
    with mail_server() as server:
        server.refused = {"ann@example.com": 550}
        with pytest.raises(Refused, match=r"not for ann@example.com \(550\)"):
            await Mail().send(letter(server.port))
    assert [recipients for recipients, _ in server.mails] == [["bob@example.com"]]


async def test_a_mail_server_that_is_away_may_come_back() -> None:
    with pytest.raises(Unreached, match="the mail server cannot be reached"):
        await Mail().send(letter(free_port()))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Trust the tests' own authority, in the way that an operator would."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    return certificates


@pytest.mark.parametrize(("implicit", "scheme"), [(False, "smtp"), (True, "smtps")])
async def test_a_mail_with_login_goes_over_starttls_or_tls_from_the_start(
    trusted: Certificates, implicit: bool, scheme: str
) -> None:
    with mail_server(trusted, implicit=implicit, login=LOGIN) as server:
        await Mail().send(letter(server.port, scheme=scheme, login=LOGIN))
    assert (len(server.mails), server.logins) == (1, 1)


async def test_starttls_is_used_where_it_is_offered_though_nobody_logs_in(
    trusted: Certificates,
) -> None:
    with mail_server(trusted) as server:  # takes nothing without
        await Mail().send(letter(server.port))
    assert len(server.mails) == 1


@pytest.mark.parametrize(("implicit", "scheme"), [(False, "smtp"), (True, "smtps")])
async def test_a_wrong_password_is_refused_for_good_and_told_nobody(
    trusted: Certificates, implicit: bool, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = ("leeway", "wr0ng-passw0rd")
    with (
        mail_server(trusted, implicit=implicit, login=LOGIN) as server,
        pytest.raises(Refused, match="the mail server answered 535") as refused,
    ):
        await Mail().send(letter(server.port, scheme=scheme, login=wrong))
    assert (server.mails, server.logins) == ([], 0)
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    for secret in (wrong[1], base64.b64encode("\0".join(("", *wrong)).encode()).decode()):
        assert secret not in f"{refused.value!r} {ours}"


async def test_a_password_is_not_sent_to_a_server_without_tls() -> None:
    with mail_server(login=LOGIN) as server, pytest.raises(Refused, match="STARTTLS"):
        await Mail().send(letter(server.port, login=LOGIN))
    assert (server.mails, server.logins) == ([], 0)


async def test_a_server_with_a_certificate_nobody_signed_for_us_is_not_spoken_to(
    certificates: Certificates,
) -> None:
    with (
        mail_server(certificates, login=LOGIN) as server,
        pytest.raises(Unreached, match=r"reached: .*certificate verify failed"),
    ):
        await Mail().send(letter(server.port, login=LOGIN))
    assert server.logins == 0


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
