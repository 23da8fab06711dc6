"""Ports that nothing listens on."""

import socket


def free_port() -> int:
    """Return a TCP port of the loopback address that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
