"""E-mail over SMTP.

All mails about one alert form a thread. `Message-ID` is equal however often one is sent, so that
mail systems which drop duplicates drop it.
"""

import hashlib
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

import aiosmtplib

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused, Undelivered, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.wording import clipped, facts, text, title
from shared.notification import Notification

SUBMISSION_PORT, TLS_PORT = 587, 465
TIMEOUT_SECONDS = 15.0
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
LONGEST_FACT = 1_000


class Mail:
    """Hands mails to the server that the target names."""

    async def send(self, attempt: Attempt) -> None:
        access = attempt.access
        try:
            server = urlsplit(access.url or "")
            secure = server.scheme == "smtps"
            port = server.port or (TLS_PORT if secure else SUBMISSION_PORT)
            refused, _ = await aiosmtplib.send(
                mail(attempt),
                recipients=list(access.target.to),
                hostname=server.hostname,
                port=port,
                username=access.target.user,
                password=access.secret if access.target.user else None,
                use_tls=secure,
                start_tls=True if access.secret and not secure else None,
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise failure(error, access) from None
        if refused:
            refusals = ", ".join(f"{who} ({why.code})" for who, why in refused.items())
            raise Refused(f"the mail server takes it for some, not for {refusals}")


def mail(attempt: Attempt) -> EmailMessage:
    """Return the mail, as plain text and as HTML."""
    notification, target = attempt.notification, attempt.access.target
    sender = target.sender or ""
    domain = sender.rpartition("@")[2] or "leeway"
    thread = f"<{_digest(notification.alert)}@{domain}>"
    message = EmailMessage()
    message["Subject"] = clipped(" ".join(title(notification).split()), LONGEST_SUBJECT)
    message["From"] = sender
    message["To"] = ", ".join(target.to)
    message["Date"] = format_datetime(attempt.at)
    message["Message-ID"] = f"<{_digest(notification.id)}@{domain}>"
    message["In-Reply-To"] = message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Leeway-Alert"] = notification.alert
    message.set_content(clipped(text(notification, attempt.link), LONGEST_TEXT))
    message.add_alternative(_html(notification, attempt.link), subtype="html")
    return message


def failure(error: Exception, access: Access) -> Undelivered:
    """Return what an error of the mail client means: codes from 500 on are for good (RFC 5321).

    So is what the server cannot do or the target does not allow, such as a login without TLS.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        named = ", ".join(f"{refused.recipient} ({refused.code})" for refused in error.recipients)
        message = f"the mail server refuses {named}"
        return Refused(message) if min(codes) >= 500 else Unreached(message)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = access.scrubbed(" ".join(error.message.split()))
        message = f"the mail server answered {error.code}: {said}"
        return Refused(message) if error.code >= 500 else Unreached(message)
    said = access.scrubbed(str(error)) or type(error).__name__
    if isinstance(error, OSError):  # a certificate's error is a ValueError besides
        return Unreached(f"the mail server cannot be reached: {said}")
    return Refused(f"no mail can be sent to the target {access.target.name}: {said}")


def _html(notification: Notification, link: str | None) -> str:
    shown = ((name, clipped(value, LONGEST_FACT)) for name, value in facts(notification))
    rows = "".join(
        f"<tr><th align='left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in shown
    )
    description = clipped(notification.description or "", LONGEST_TEXT)
    described = f"<p>{escape(description)}</p>" if description else ""
    more = f"<p><a href='{escape(link)}'>{escape(link)}</a></p>" if link else ""
    heading = f"<h2>{escape(clipped(title(notification), LONGEST_FACT))}</h2>"
    return f"<html><body>{heading}{described}<table>{rows}</table>{more}</body></html>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
