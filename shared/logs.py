"""One log for everything that happens in a process: ours, Kafka's client's and uvicorn's."""

import logging
import sys
import time
from collections.abc import Callable
from typing import Literal

import structlog

QUIET = ("aiokafka", "uvicorn", "sqlalchemy", "alembic")
DISCREET = ("httpx", "httpcore", "urllib3", "apprise", "aiokafka.conn")
"""Clients that speak of the addresses they ask, which may hold secrets, or of what they send, as
Kafka's does of the password: never below WARNING."""
REPETITIVE = "aiokafka"
REMEMBERED = 1_000  # lines


class SeldomRepeated(logging.Filter):
    """Lets each line of Kafka's client pass once a minute.

    One that lost its broker says the same many times a second, for as long as that lasts.
    """

    def __init__(self, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written."""
        if not record.name.startswith(REPETITIVE):
            return True
        line, now = (record.name, record.getMessage()), self._clock()
        passed = self._passed.get(line)
        if passed is not None and now - passed < self._seconds:
            return False
        if len(self._passed) >= REMEMBERED:
            self._passed.clear()
        self._passed[line] = now
        return True


def configure_logs(
    *, level: str = "INFO", form: Literal["json", "console"] = "console", service: str = ""
) -> None:
    """Write every log line of this process to stderr, as JSON or for people.

    Libraries speak from WARNING on, and seldom say the same twice, unless the level is DEBUG.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(form),
            ],
        )
    )
    if level != "DEBUG":
        handler.addFilter(SeldomRepeated())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else logging.WARNING)
    for name in DISCREET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.clear_contextvars()
    if service:
        structlog.contextvars.bind_contextvars(service=service)


def _rendering(form: Literal["json", "console"]) -> list[structlog.types.Processor]:
    if form == "json":
        # without local variables: they hold settings, and settings hold secrets
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            structlog.processors.JSONRenderer(),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
