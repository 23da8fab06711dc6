"""A mail server of the test, with just enough SMTP (RFC 5321) to take mails or refuse them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """The mails it took, by envelope; addresses in `refused` get the code they are mapped to."""

    port: int = 0
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        writer.write(b"220 test ESMTP\r\n")
        recipients: list[str] = []
        while line := await reader.readline():
            match line.decode().strip().split(" ", 1)[0].upper():
                case "EHLO":
                    writer.write(b"250-test\r\n250 8BITMIME\r\n")
                case "RCPT":
                    address = line.decode().split("<")[1].split(">")[0]
                    code = self.refused.get(address, 250)
                    recipients += [address] if code == 250 else []
                    writer.write(f"{code} {address}\r\n".encode())
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    found = message_from_bytes(
                        content.replace(b"\r\n..", b"\r\n."), policy=policy.default
                    )
                    assert isinstance(found, EmailMessage)
                    self.mails.append((recipients, found))
                    writer.write(b"250 taken\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """Run a mail server."""
    found = MailServer()
    server = await asyncio.start_server(found.talk, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
