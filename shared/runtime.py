"""Runs a service: its settings, its log, its HTTP server and its background work, as one."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.arguments import take_no_arguments
from shared.logs import configure_logs
from shared.settings import ServiceSettings, read_settings
from shared.tracing import exporting_traces

Work = Callable[[asyncio.Event], Awaitable[None]]
Settings = TypeVar("Settings", bound=ServiceSettings)
GRACE_SECONDS = 25
SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger(__name__)


def run_main(
    service: str, kind: type[Settings], main: Callable[[Settings], Awaitable[None]]
) -> None:
    """Read the settings, run `main` to its end, and exit 0, or 1 with the reason in the log."""
    take_no_arguments(service, kind)
    settings = read_settings(kind)
    configure_logs(level=settings.log_level, form=settings.log_format, service=service)
    try:
        with exporting_traces(service, os.environ):
            asyncio.run(_until_told(main(settings)))
    except Exception as error:
        log.critical("ended", reason=reason_of(error), exc_info=error)
        raise SystemExit(1) from None


def reason_of(error: BaseException) -> str:
    """Return in one line why a process ended: the innermost errors of a group, each once."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(dict.fromkeys(reason_of(inner) for inner in error.exceptions))
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


async def run_service(
    app: FastAPI, *, port: int, host: str = "127.0.0.1", background: Sequence[Work] = ()
) -> None:
    """Serve until SIGTERM or SIGINT, then let requests and background work finish.

    What the app answers to GET it answers to HEAD.

    Each piece of work gets an event that is set when it should stop. If any of
    them fails, or ends on its own, everything is cancelled and the error raised:
    the process exits and is restarted, instead of answering probes half dead.
    Work that has not finished `GRACE_SECONDS` after the signal is cancelled, which is an error.
    """
    stopping = asyncio.Event()
    with _listening(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                _answering_head(app),
                log_config=None,
                access_log=False,
                lifespan="off",  # the apps have none, and it would log our error as its own
                timeout_graceful_shutdown=10,
            )
        )
        loop = asyncio.get_running_loop()

        def stop() -> None:
            server.should_exit, server.force_exit = True, stopping.is_set()
            if not stopping.is_set():
                stopping.set()
                deadline.reschedule(loop.time() + GRACE_SECONDS)

        async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
            for number in SIGNALS:
                loop.add_signal_handler(number, stop)
            for work in background:
                tasks.create_task(_until_stopped(work, stopping))
            spare_the_collector()
            log.info("listening", host=host, port=listener.getsockname()[1])
            await server.serve(sockets=[listener])
        log.info("stopped")


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `run_service`, which must tell the background work as well."""
        yield


def _answering_head(app: ASGIApp) -> ASGIApp:
    """Let an app take HEAD for GET; uvicorn goes by its own scope, and sends no body."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await app(scope, receive, send)

    return answering


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    with listener:
        yield listener


def spare_the_collector() -> None:
    """Never look again at what start-up made, and seldom at the rest: pauses cost latency."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)


async def _until_stopped(work: Work, stopping: asyncio.Event) -> None:
    await work(stopping)
    if not stopping.is_set():
        raise RuntimeError(f"{work!r} ended before it was told to stop")


async def _until_told(main: Awaitable[None]) -> None:
    """Run `main`; a signal that arrives while it still opens things closes them and ends it."""
    told: list[int] = []
    task = asyncio.ensure_future(main)

    def stop(number: int) -> None:
        told.append(number)
        task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
        log.info("stopped before it was started")
