"""`leeway topics`: the topics that Leeway needs, made and checked."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from leeway.exit import ExitCode
from leeway.option import OutputOption
from leeway.terminal import Output, plain, say, write_data, write_table
from leeway.topic_rule import acl_commands, creation
from shared.settings import KafkaSettings, read_settings

if TYPE_CHECKING:
    from leeway.cluster import Wanted

topics = typer.Typer(name="topics", no_args_is_help=True, help="Make and check Kafka topics.")


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
    # Imported here: Kafka's clients would double the time in which all other commands start.
    from leeway.cluster import create_topics

    for topic in asyncio.run(create_topics(read_settings(KafkaSettings), partitions)):
        say(f"{topic.name} {'was there' if topic.found else 'created'}")


@topics.command()
def check(
    output: OutputOption = Output.TABLE,
    *,
    acls: Annotated[
        bool, typer.Option("--acls", help="Print the commands that allow Leeway what it needs.")
    ] = False,
) -> None:
    """Say whether the topics at LEEWAY_KAFKA_BOOTSTRAP exist and are set as Leeway needs them.

    Exits 1 when one is missing or would lose records. What is missing comes with the command
    that makes it, for those who may not create topics themselves.

    For example:

      LEEWAY_KAFKA_BOOTSTRAP=kafka:9092 leeway topics check -o json

      LEEWAY_KAFKA_BOOTSTRAP=kafka:9092 leeway topics check --acls
    """
    # Imported here: Kafka's clients would double the time in which all other commands start.
    from leeway.cluster import check_topics

    settings = read_settings(KafkaSettings)
    found = asyncio.run(check_topics(settings))
    rows = [
        {
            "topic": topic.name,
            "for": topic.what_for,
            "exists": topic.found is not None,
            "partitions": topic.found.partitions if topic.found else None,
            "id": topic.found.id if topic.found else None,
            "errors": list(topic.verdict.errors),
            "advice": list(topic.verdict.advice),
        }
        for topic in found
    ]
    commands = acl_commands(settings, [t.name for t in found if t.is_raw]) if acls else []
    if output is Output.TABLE:
        columns = ("topic", "for", "exists", "partitions", "id")
        cells = [[plain(row[column]) for column in columns] for row in rows]
        write_table(columns, cells, right="partitions")
        for command in commands:
            typer.echo(command)
    else:
        write_data({"topics": rows, **({"acls": commands} if acls else {})}, output)
    if not _complain(found, settings):
        raise typer.Exit(ExitCode.NO)


def _complain(found: Sequence["Wanted"], settings: KafkaSettings) -> bool:
    """Say what is wrong, and what might be better; return whether nothing is wrong."""
    for topic in found:
        for error in topic.verdict.errors:
            say(f"{topic.name}: {error}")
        for advice in topic.verdict.advice:
            say(f"{topic.name}: advice: {advice}")
    missing = [topic for topic in found if topic.found is None]
    for topic in missing:
        say(f"missing: {creation(settings, topic.name, topic.partitions, topic.retention_ms)}")
    if missing:
        say("`leeway topics create` makes them, where that is allowed")
    return not missing and not any(topic.verdict.errors for topic in found)
