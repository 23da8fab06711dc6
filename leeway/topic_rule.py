"""What the topics must be set to, what Leeway must be allowed to do with them, and how to ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.settings import KafkaSettings

HOUR_MS = 3_600_000
SHORTEST_RETENTION_MS = 72 * HOUR_MS
FOR_EVER = -1
SAFE_REPLICAS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a topic, and what might be better."""

    errors: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def judge(config: Mapping[str, str], replicas: int, *, raw: bool) -> Verdict:
    """Return what Leeway makes of a topic's settings; `raw` topics are written by others."""
    return Verdict(tuple(_errors(config)), tuple(_advice(config, replicas, raw=raw)))


def _errors(config: Mapping[str, str]) -> Iterator[str]:
    if "compact" in config.get("cleanup.policy", "delete"):
        yield "cleanup.policy must be delete: compaction removes records that were counted"
    retention = int(config.get("retention.ms", FOR_EVER))
    if FOR_EVER < retention < SHORTEST_RETENTION_MS:
        yield (
            f"retention.ms is {retention} ({retention / HOUR_MS:.0f} h):"
            f" set it to {SHORTEST_RETENTION_MS} (72 h) or more"
        )


def _advice(config: Mapping[str, str], replicas: int, *, raw: bool) -> Iterator[str]:
    if raw and config.get("message.timestamp.type") == "CreateTime":
        yield "message.timestamp.type=LogAppendTime protects from producers whose clocks are wrong"
    if replicas < SAFE_REPLICAS:
        yield f"{replicas} replica(s): {SAFE_REPLICAS} with min.insync.replicas=2 survive a broker"
    elif int(config.get("min.insync.replicas", "1")) < SAFE_REPLICAS - 1:
        yield "min.insync.replicas=2 keeps what was acknowledged when a broker is lost"
    if config.get("unclean.leader.election.enable") == "true":
        yield "unclean.leader.election.enable=false keeps what was acknowledged"


def creation(settings: KafkaSettings, name: str, partitions: int, retention_ms: int) -> str:
    """Return the command that makes a topic as Leeway wants it."""
    return (
        f"kafka-topics --bootstrap-server {settings.kafka_bootstrap} --create --topic {name}"
        f" --partitions {partitions} --replication-factor {SAFE_REPLICAS}"
        f" --config retention.ms={retention_ms} --config cleanup.policy=delete"
        " --config min.insync.replicas=2"
    )


def acl_commands(settings: KafkaSettings, raw: Sequence[str]) -> list[str]:
    """Return the commands that allow Leeway what it does, and no more."""
    user = settings.kafka_sasl_username or "leeway"
    tool = (
        f"kafka-acls --bootstrap-server {settings.kafka_bootstrap} --add"
        f" --allow-principal User:{user}"
    )
    read = "--operation Read --operation Describe --operation DescribeConfigs"
    write = "--operation Write --operation Describe --operation DescribeConfigs"
    group = f"--group {settings.group_prefix} --resource-pattern-type prefixed"
    return [
        *(f"{tool} {read} --topic {topic}" for topic in raw),
        f"{tool} {read} --operation Write --topic {settings.counts_topic}",
        f"{tool} {write} --topic {settings.dead_letters_topic}",
        f"{tool} --operation Read --operation Describe {group}",
        *(
            f"{tool} --operation Write --topic {topic}  # for POST /v1/events alone"
            for topic in raw
        ),
    ]
