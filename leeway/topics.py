"""`leeway topics`: the topics that Leeway needs, made and checked."""

import asyncio
from typing import Annotated

import typer

from leeway.exit import ExitCode
from leeway.option import OutputOption
from leeway.terminal import Output, plain, say, write_data, write_table
from shared.settings import KafkaSettings, read_settings

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
def check(output: OutputOption = Output.TABLE) -> None:
    """Say which topics exist at LEEWAY_KAFKA_BOOTSTRAP; exits 1 when one is missing.

    For example:

      LEEWAY_KAFKA_BOOTSTRAP=kafka:9092 leeway topics check -o json
    """
    # Imported here: Kafka's clients would double the time in which all other commands start.
    from leeway.cluster import check_topics

    rows = [
        {
            "topic": topic.name,
            "for": topic.what_for,
            "exists": topic.found is not None,
            "partitions": topic.found.partitions if topic.found else None,
            "id": topic.found.id if topic.found else None,
        }
        for topic in asyncio.run(check_topics(read_settings(KafkaSettings)))
    ]
    if output is Output.TABLE:
        columns = ("topic", "for", "exists", "partitions", "id")
        cells = [[plain(row[column]) for column in columns] for row in rows]
        write_table(columns, cells, right="partitions")
    else:
        write_data({"topics": rows}, output)
    missing = [str(row["topic"]) for row in rows if not row["exists"]]
    if missing:
        say(f"missing: {', '.join(missing)}; `leeway topics create` makes them")
        raise typer.Exit(ExitCode.NO)
