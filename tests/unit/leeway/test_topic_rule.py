"""What is made of the settings of topics, and what is asked for."""

from leeway.topic_rule import Verdict, acl_commands, creation, judge
from shared.settings import KafkaSettings

GOOD = {
    "cleanup.policy": "delete",
    "retention.ms": "259200000",
    "message.timestamp.type": "LogAppendTime",
    "min.insync.replicas": "2",
    "unclean.leader.election.enable": "false",
}
SETTINGS = KafkaSettings(
    kafka_bootstrap="kafka:9092",
    kafka_security_protocol="PLAINTEXT",
    kafka_sasl_username=None,
    kafka_sasl_password=None,
)


def test_a_topic_set_as_the_notes_say_is_good() -> None:
    assert judge(GOOD, 3, raw=True) == Verdict()
    assert judge(GOOD | {"retention.ms": "-1"}, 3, raw=True) == Verdict()


def test_a_topic_that_would_lose_counted_records_is_an_error() -> None:
    verdict = judge(
        GOOD | {"cleanup.policy": "compact,delete", "retention.ms": "3600000"}, 3, raw=True
    )
    assert [error.split()[0] for error in verdict.errors] == ["cleanup.policy", "retention.ms"]
    assert "(1 h)" in verdict.errors[1]


def test_what_only_might_be_better_is_advice() -> None:
    weak = GOOD | {"message.timestamp.type": "CreateTime", "unclean.leader.election.enable": "true"}
    assert len(judge(weak, 1, raw=True).advice) == 3
    assert len(judge(weak, 1, raw=False).advice) == 2
    assert len(judge(GOOD | {"min.insync.replicas": "1"}, 3, raw=True).advice) == 1


def test_what_is_asked_for_names_topic_partitions_and_settings() -> None:
    command = creation(SETTINGS, "leeway.counts.v1", 24, 604_800_000)
    assert "--topic leeway.counts.v1 --partitions 24" in command
    assert "retention.ms=604800000" in command


def test_the_rights_asked_for_cover_reading_writing_and_the_groups() -> None:
    commands = acl_commands(SETTINGS, ["shop"])
    assert any("--operation Read" in c and c.endswith("--topic shop") for c in commands)
    assert any("Write" in c and "--topic leeway.counts.v1" in c for c in commands)
    assert any("--group leeway- --resource-pattern-type prefixed" in c for c in commands)
    assert all("User:leeway" in c for c in commands)
