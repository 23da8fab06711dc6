"""A certificate authority of the tests' own, and a certificate of it for the loopback address."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM form; `server` holds the key, then the certificate."""

    authority: Path
    server: Path


def make_certificates(folder: Path) -> Certificates:
    """Make both in this folder with openssl."""
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    key, certificate, server = folder / "key.pem", folder / "cert.pem", folder / "server.pem"
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    _openssl(*new, "-subj", "/CN=tests", "-keyout", authority_key, "-out", authority)
    _openssl(
        *(*new, "-subj", "/CN=localhost", "-addext", NAMES, "-keyout", key, "-out", certificate),
        *("-CA", authority, "-CAkey", authority_key, "-addext", "basicConstraints=CA:FALSE"),
    )
    server.write_text(key.read_text() + certificate.read_text())
    return Certificates(authority, server)


def _openssl(*arguments: object) -> None:
    command = ["openssl", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"openssl failed: {result.stderr}")
