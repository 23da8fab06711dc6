import ssl
from typing import Any

import aiosmtplib
import pytest

from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.receivers.mail import failure, mail
from shared.domain.target import TargetKind
from shared.notification import Event
from tests.unit.evaluator.delivery.build import attempt, everything_huge, notification

TO = ("ann@example.com", "bob@example.com")


def letter(event: Event = Event.FIRING, **told: Any) -> Attempt:
    return attempt(
        notification(event, **told), TargetKind.EMAIL, to=TO, sender="leeway@example.com"
    )


def test_a_mail_says_it_in_plain_text_and_in_html_without_markup_of_others() -> None:
    found = mail(letter(description="<script>"))
    plain, html = (part.get_content() for part in found.iter_parts())
    assert "Budget left: -47 %" in plain
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert found["To"] == "ann@example.com, bob@example.com"


def test_a_mail_that_is_sent_again_is_the_same_and_all_about_one_alert_is_one_thread() -> None:
    first, again = mail(letter()), mail(letter())
    resolved = mail(letter(Event.RESOLVED, id="a1b2c3/3/on-call"))
    assert first["Message-ID"] == again["Message-ID"] != resolved["Message-ID"]
    assert first["References"] == resolved["References"]


def test_a_name_with_line_breaks_makes_no_headers() -> None:
    found = mail(letter(display_name="x\r\nBcc: eve@example.com"))
    assert found["Bcc"] is None
    assert "\n" not in found["Subject"]


def test_texts_without_end_make_a_mail() -> None:
    told = attempt(everything_huge(), TargetKind.EMAIL, to=TO, sender="leeway@example.com")
    assert len(mail(told)["Subject"]) <= 200
    assert bytes(mail(told))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiosmtplib.SMTPResponseException(550, "no such user"), Refused),
        (aiosmtplib.SMTPAuthenticationError(535, "bad s3cr3t"), Refused),
        (aiosmtplib.SMTPResponseException(451, "try later"), Unreached),
        (aiosmtplib.SMTPConnectError("refused"), Unreached),
        (aiosmtplib.SMTPTimeoutError("slow"), Unreached),
        (OSError("no route"), Unreached),
        (ssl.SSLCertVerificationError("expired"), Unreached),
        (ValueError("bad address"), Refused),
        (aiosmtplib.SMTPException("STARTTLS is not supported"), Refused),
        (
            aiosmtplib.SMTPRecipientsRefused(
                [aiosmtplib.SMTPRecipientRefused(550, "no", "ann@example.com")]
            ),
            Refused,
        ),
        (
            aiosmtplib.SMTPRecipientsRefused(
                [aiosmtplib.SMTPRecipientRefused(450, "busy", "ann@example.com")]
            ),
            Unreached,
        ),
    ],
)
def test_what_a_mail_server_says_is_for_good_from_500_on(
    error: Exception, kind: type[Exception]
) -> None:
    found = failure(error, letter().access)
    assert type(found) is kind
    assert "s3cr3t" not in str(found)
