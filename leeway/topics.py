"""`leeway topics`: the topics that Leeway needs, made and checked."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import typer

from leeway.exit import ExitCode
from leeway.option import OutputOption
from leeway.terminal import Output, plain, say, write_data, write_table
from shared.definitions.source import BUILT_IN
from shared.kafka.connection import KafkaConnection
from shared.kafka.topics import (
    COUNTS_RETENTION_MS,
    DEAD_LETTERS_RETENTION_MS,
    EmbeddedTopics,
    Topic,
    Topics,
    open_topics,
)
from shared.settings import KafkaSettings, read_settings

_RAW_RETENTION_MS = 72 * 3_600_000

topics = typer.Typer(name="topics", no_args_is_help=True, help="Make and check Kafka topics.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be."""

    name: str
    what_for: str
    partitions: int
    retention_ms: int


def wanted_topics(settings: KafkaSettings, partitions: int) -> list[Wanted]:
    """Return Leeway's own topics, then those of the built-in data sources."""
    own = [
        Wanted(settings.counts_topic, "counts", settings.counts_partitions, COUNTS_RETENTION_MS),
        Wanted(settings.dead_letters_topic, "dead letters", partitions, DEAD_LETTERS_RETENTION_MS),
    ]
    raw = [
        Wanted(source.topic, f"data source {source.name}", partitions, _RAW_RETENTION_MS)
        for source in BUILT_IN.values()
    ]
    return own + raw


@topics.command()
def create(
    partitions: Annotated[
        int, typer.Option(min=1, help="Of every topic but the counts (LEEWAY_COUNTS_PARTITIONS).")
    ] = 6,
) -> None:
    """Create the topics that are missing at LEEWAY_KAFKA_BOOTSTRAP; those that exist stay.

    For example:

      LEEWAY_KAFKA_BOOTSTRAP=kafka:9092 leeway topics create --partitions 12
    """
    settings = read_settings(KafkaSettings)
    asyncio.run(_create(settings, wanted_topics(settings, partitions)))


async def _create(settings: KafkaSettings, wanted: list[Wanted]) -> None:
    async with open_topics(KafkaConnection.of(settings)) as cluster:
        there = await cluster.describe([topic.name for topic in wanted])
        for topic in wanted:
            if topic.name not in there:
                await cluster.ensure(topic.name, topic.partitions, retention_ms=topic.retention_ms)
            say(f"{topic.name} {'was there' if topic.name in there else 'created'}")


@topics.command()
def check(output: OutputOption = Output.TABLE) -> None:
    """Say which topics exist at LEEWAY_KAFKA_BOOTSTRAP; exits 1 when one is missing.

    For example:

      LEEWAY_KAFKA_BOOTSTRAP=kafka:9092 leeway topics check -o json
    """
    settings = read_settings(KafkaSettings)
    wanted = wanted_topics(settings, 1)
    there = asyncio.run(_describe(settings, wanted))
    missing = [topic.name for topic in wanted if topic.name not in there]
    if output is Output.TABLE:
        write_table(
            ("topic", "for", "partitions", "id"),
            [_row(topic, there.get(topic.name)) for topic in wanted],
            right="partitions",
        )
    else:
        write_data({"topics": [_as_json(w, there.get(w.name)) for w in wanted]}, output)
    if missing:
        say(f"missing: {', '.join(missing)}; `leeway topics create` makes them")
        raise typer.Exit(ExitCode.NO)


async def _describe(settings: KafkaSettings, wanted: list[Wanted]) -> dict[str, Topic]:
    cluster: Topics | EmbeddedTopics
    async with open_topics(KafkaConnection.of(settings)) as cluster:
        return await cluster.describe([topic.name for topic in wanted])


def _row(wanted: Wanted, found: Topic | None) -> tuple[str, ...]:
    if found is None:
        return wanted.name, wanted.what_for, "missing", "-"
    return wanted.name, wanted.what_for, plain(found.partitions), plain(found.id)


def _as_json(wanted: Wanted, found: Topic | None) -> dict[str, object]:
    return {
        "topic": wanted.name,
        "for": wanted.what_for,
        "exists": found is not None,
        "partitions": None if found is None else found.partitions,
        "id": None if found is None else found.id,
    }
