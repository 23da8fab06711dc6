"""A receiver of notifications: an HTTP server of the test that keeps what it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.port import free_port
from tests.support.waiting import wait_until


@dataclass
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    """What it was sent so far; `status` is how it answers, `hanging` keeps requests open."""

    port: int
    status: int = 200
    answer: bytes = b"ok"
    requests: list[Got] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.released.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hang(self) -> None:
        """Answer nothing from now on, until released."""
        self.hanging.clear()
        self.released.clear()

    def until(self, count: int, *, within: float = 60) -> list[Got]:
        """Wait until so many requests were answered, and return them."""
        wait_until(lambda: len(self.requests) >= count, f"the receiver has {count}", within=within)
        return list(self.requests)


@contextmanager
def http_receiver(port: int = 0) -> Iterator[HttpReceiver]:
    """Run a receiver."""
    receiver = HttpReceiver(port or free_port())

    class Handler(BaseHTTPRequestHandler):
        def answer_it(self) -> None:
            """Keep a request, and answer it as the receiver is told to."""
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            if not receiver.released.is_set():
                receiver.hanging.set()
                receiver.released.wait(60)
            self.send_response(receiver.status)
            self.end_headers()
            self.wfile.write(receiver.answer)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Got(self.path, headers, body))

        do_GET = do_POST = answer_it  # noqa: N815 - names of the base class

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
