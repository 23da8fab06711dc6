"""TCP ports of the loopback interface."""

import errno
import socket

from leeway.exit import CommandFailed

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """Raise CommandFailed when something listens on this port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else str(error.strerror)
            raise CommandFailed(
                f"port {port} of {LOOPBACK} {reason}: name another with --port"
            ) from error
