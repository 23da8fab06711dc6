"""A real mail server of the test (aiosmtpd): it takes mails or refuses them, with TLS and login."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.kafka.certificates import Certificates
from tests.support.port import free_port


@dataclass
class MailServer:
    """The mails it took, by envelope; addresses in `refused` get the code they are mapped to.

    `login` is the name and password that it asks for, `logins` how often a right one was given.
    """

    port: int
    login: tuple[str, str] | None = None
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    logins: int = 0

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if code := self.refused.get(address):
            return f"{code} {address}"
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), found))
        return "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        """Compare the name and the password."""
        assert self.login is not None
        wanted = LoginPassword(*(text.encode() for text in self.login))
        self.logins += given == wanted
        return AuthResult(success=given == wanted, handled=False)


@contextmanager
def mail_server(
    certificates: Certificates | None = None,
    *,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[MailServer]:
    """Run a mail server; with certificates it demands TLS: `implicit`, or after STARTTLS."""
    found = MailServer(free_port(), login)
    context = None
    if certificates is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.server)
    controller = Controller(
        found,
        "127.0.0.1",
        found.port,
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        require_starttls=context is not None and not implicit,
        authenticator=found.authenticate if login else None,
        auth_required=login is not None,
        auth_require_tls=context is not None and not implicit,
    )
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
