"""A local stack from its first child to its last: brought up, watched, taken down."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from leeway.apply import Request, apply_documents, checked_documents
from leeway.exit import CommandFailed
from leeway.server import Server, open_server
from leeway.stack.ending import DEMO, take_down
from leeway.stack.environment import Surroundings, fresh_run_id
from leeway.stack.folder import DataFolder, open_folder
from leeway.stack.plan import Plan
from leeway.stack.port import LOOPBACK, free_port, require_free
from leeway.stack.readiness import not_counted, reasons_of, until_nothing_is_missing
from leeway.stack.supervisor import Supervisor
from leeway.stack.topic import make_topics
from leeway.terminal import counted, say, write
from shared.kafka.embedded import embedded_broker
from shared.sql.migrate import upgrade


async def run_stack(plan: Plan) -> None:
    """Run a stack until SIGINT or SIGTERM; raises CommandFailed when it falls before that."""
    told = _signals()
    with open_folder(plan.data) as folder:
        require_free(plan.port)
        database_url = plan.database or folder.database_url
        await upgrade(database_url)
        with embedded_broker() as bootstrap:
            supervisor = Supervisor(_relay)
            stack = Stack(plan, folder, database_url, bootstrap, supervisor)
            try:
                await _first_of(stack, supervisor, told)
            finally:
                await take_down(supervisor, bootstrap, told[1])


@dataclass(frozen=True, slots=True)
class Stack:
    """Starts the children of one run, and says where to look."""

    plan: Plan
    folder: DataFolder
    database_url: str
    bootstrap: str
    supervisor: Supervisor

    async def run(self) -> None:
        """Bring everything up, announce it on stdout, and never return."""
        api = f"http://{LOOPBACK}:{self.plan.port}"
        around = Surroundings(
            inherited=dict(os.environ),
            bootstrap=self.bootstrap,
            database_url=self.database_url,
            data=str(self.folder.path),
            api=api,
            run_id=fresh_run_id(),
        )
        ports = {"api": self.plan.port, "evaluator": free_port(), "ingest": free_port()}
        for name in ("api", "evaluator"):
            await self._start(name, around.of_service(ports[name]))
        await self._until_ready("api", ports["api"])
        revision = await asyncio.to_thread(self._apply, api)
        await make_topics(around, await asyncio.to_thread(_bodies, api))
        # Last, so that it finds all definitions and topics, and joins its group once.
        await self._start("ingest", around.of_service(ports["ingest"]))
        for name in ("evaluator", "ingest"):
            await self._until_ready(name, ports[name])
            say(f"{name} is ready: http://{LOOPBACK}:{ports[name]}/metrics")
        await self._until_counted(api, revision)
        for line in (f"web {api}", f"kafka {self.bootstrap}", f"data {self.folder.path}"):
            write(line)
        say("press Ctrl-C to stop")
        if self.plan.demo:
            await self.supervisor.start(DEMO, "examples.shop", around.of_tool(), ["generate"])
        await asyncio.Event().wait()

    async def _start(self, name: str, environment: dict[str, str]) -> None:
        say(f"starting {name}")
        reporting = {"LEEWAY_SELF_REPORT": "true"} if self.plan.demo else {}
        await self.supervisor.start(name, f"services.{name}", environment | reporting)

    async def _until_ready(self, name: str, port: int) -> None:
        url = f"http://{LOOPBACK}:{port}"
        await until_nothing_is_missing(f"{name} did not get ready", lambda: reasons_of(url))

    def _apply(self, url: str) -> int:
        """Apply the definitions there are to apply; return the revision in force."""
        with open_server(url) as api:
            if self.plan.definitions:
                documents = checked_documents(api, self.plan.definitions)
                revision = int(apply_documents(api, Request(documents))["revision"])
                say(f"{counted(len(documents), 'definition')} applied as revision {revision}")
                return revision
            return int(api.get("/v1/definitions", {"limit": 1})["revision"])

    async def _until_counted(self, url: str, revision: int) -> None:
        with open_server(url) as api:
            await until_nothing_is_missing(
                "not every objective is counted", lambda: _ask(api, revision)
            )


def _bodies(url: str) -> list[dict[str, Any]]:
    with open_server(url) as api:
        return [item["body"] for item in api.items("/v1/definitions")]


async def _ask(api: Server, revision: int) -> list[str]:
    return list(await asyncio.to_thread(not_counted, api, revision))


async def _first_of(stack: Stack, supervisor: Supervisor, told: list[asyncio.Event]) -> None:
    """Wait until a person has had enough; raises when the stack falls before that."""
    running = asyncio.create_task(stack.run())
    fallen = asyncio.create_task(supervisor.fallen())
    stopping = asyncio.create_task(told[0].wait())
    tasks = (running, fallen, stopping)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if fallen.done():
            raise fallen.result()
        if running.done():
            running.result()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, CommandFailed):
                await task


def _signals() -> list[asyncio.Event]:
    """Return two events: set by the first and by the second SIGINT or SIGTERM."""
    told = [asyncio.Event(), asyncio.Event()]

    def tell() -> None:
        next((event for event in told if not event.is_set()), told[-1]).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, tell)
    return told


def _relay(name: str, line: str) -> None:
    # A line of JSON names its service itself, and must stay JSON.
    text = line if line.startswith("{") else f"{name}: {line}"
    with suppress(BrokenPipeError):  # nobody reads our log any more: the children must not mind
        sys.stderr.write(f"{text}\n")
