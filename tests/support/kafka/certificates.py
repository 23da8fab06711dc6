"""A certificate authority of the tests' own, and what it signs for the broker and a client."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM form; `server` holds the key, then the certificate."""

    authority: Path
    server: Path
    client: Path
    client_key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make them in this folder with openssl."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    _openssl(*new, "-subj", "/CN=tests", "-keyout", authority_key, "-out", authority)

    def signed(name: str, subject: str) -> tuple[Path, Path]:
        key, certificate = folder / f"{name}.key", folder / f"{name}.cert"
        _openssl(
            *(*new, "-subj", subject, "-addext", NAMES, "-keyout", key, "-out", certificate),
            *("-CA", authority, "-CAkey", authority_key, "-addext", "basicConstraints=CA:FALSE"),
        )
        return key, certificate

    (key, certificate), server = signed("server", "/CN=localhost"), folder / "server.pem"
    server.write_text(key.read_text() + certificate.read_text())
    client_key, client = signed("client", "/CN=leeway")
    return Certificates(authority, server, client, client_key)


def _openssl(*arguments: object) -> None:
    command = ["openssl", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"openssl failed: {result.stderr}")
