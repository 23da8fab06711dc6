"""`python -m examples.shop`: send the shop's events, state the truth, compare."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from examples.shop.compare import compare as compare_figures
from examples.shop.ledger import FILE, Ledger, total_of
from examples.shop.produce import Producer
from leeway.exit import CommandFailed
from leeway.option import ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import say
from shared.domain.errors import LeewayError
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.settings import KafkaSettings, read_settings

SHOWN = 20

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
DataOption = Annotated[
    Path, typer.Option(envvar="LEEWAY_DATA_DIR", help="The folder that keeps the truth.")
]


@app.command()
def generate(data: DataOption = Path(".leeway"), seed: int = 7) -> None:
    """Send the last three days at once to LEEWAY_KAFKA_BOOTSTRAP, then go on live."""
    data.mkdir(parents=True, exist_ok=True)
    asyncio.run(_generate(read_settings(KafkaSettings), Ledger(data / FILE), seed))


@app.command()
def truth(data: DataOption = Path(".leeway")) -> None:
    """Print what was sent as JSON: good and total of every objective, and of every group."""
    pages = list(_ledger(data).pages())
    counts = {
        "/".join(part for part in name if part): {
            "good": sum(good for good, _ in cells.values()),
            "total": sum(total for _, total in cells.values()),
        }
        for name, cells in total_of(pages).items()
    }
    sys.stdout.write(json.dumps({"sent": sum(p.sent for p in pages), "counts": counts}, indent=2))
    sys.stdout.write("\n")


@app.command()
def compare(data: DataOption = Path(".leeway"), server: ServerOption = DEFAULT_SERVER) -> None:
    """Compare the api's figures with the truth; exits 1 when one differs."""
    with open_server(server) as api:
        figures = compare_figures(api, _ledger(data))
    wrong = [figure for figure in figures if figure.said != figure.true]
    for figure in wrong[:SHOWN]:
        sys.stdout.write(f"{figure.what}: the api says {figure.said}, true is {figure.true}\n")
    if wrong:
        raise CommandFailed(f"{len(wrong):,} of {len(figures):,} figures differ")
    sys.stdout.write(f"all {len(figures):,} figures equal\n")


def _ledger(data: Path) -> Ledger:
    path = data / FILE
    if not path.exists():
        raise CommandFailed(f"{path} does not exist: name the data folder of the stack with --data")
    return Ledger(path)


async def _generate(settings: KafkaSettings, ledger: Ledger, seed: int) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    connection = KafkaConnection.of(settings)
    async with open_event_writer(connection, settings.ingest_group) as writer:
        await Producer(writer, ledger, say).run(seed, stopping)


def main() -> None:
    """Run the command; a failure ends as one message."""
    try:
        app()
    except LeewayError as failure:
        say(f"shop: {failure}")
        sys.exit(getattr(failure, "code", 1))


if __name__ == "__main__":
    main()
