"""A Kafka with locks: opened by each kind of key, and refused with the real cause."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.domain.errors import BrokerUnavailable
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.kafka.raw_log import open_raw_log
from shared.kafka.topics import HOUR_MS, open_topics
from tests.support.kafka.certificates import make_certificates
from tests.support.kafka.member import Member
from tests.support.kafka.secured import Secured
from tests.support.token_endpoint import token_endpoint


@pytest.fixture(scope="module")
def secured(secured_kafka: Secured) -> KafkaConnection:
    return secured_kafka.with_password("SCRAM-SHA-512")


async def write_and_read(connection: KafkaConnection, topic: str) -> list[bytes]:
    """Create a topic, write an event to it, and return what a member of a group reads."""
    async with open_topics(connection) as topics:
        await topics.ensure(topic, 2, retention_ms=72 * HOUR_MS)
    async with open_event_writer(connection, "g") as writer:
        await writer.append_all(topic, [(b"k", b"v")])
    async with open_raw_log(connection, "g") as log:
        member = Member(log)
        log.subscribe([topic], member)
        await member.read_until(1)
    return member.values()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_events_are_written_and_read_over_tls_with_a_password(
    secured_kafka: Secured, mechanism: str
) -> None:
    found = await write_and_read(secured_kafka.with_password(mechanism), f"by-{mechanism.lower()}")
    assert found == [b"v"]


async def test_events_are_written_and_read_when_both_sides_show_a_certificate(
    secured_kafka: Secured,
) -> None:
    assert await write_and_read(secured_kafka.with_certificate(), "by-certificate") == [b"v"]


async def test_events_are_written_and_read_with_tokens_of_an_identity_provider(
    secured_kafka: Secured,
) -> None:
    with token_endpoint("leeway", "hush") as endpoint:
        assert await write_and_read(secured_kafka.with_token(endpoint), "by-token") == [b"v"]
    assert endpoint.given > 0
    assert set(endpoint.scopes) == {"kafka"}


async def test_a_client_without_a_certificate_is_told_that_one_is_missing(
    secured_kafka: Secured,
) -> None:
    bare = replace(secured_kafka.with_certificate(), cert_file=None, key_file=None)
    with pytest.raises(BrokerUnavailable, match="LEEWAY_KAFKA_SSL_CERT_FILE"):
        async with open_raw_log(bare, "g"):
            raise AssertionError("opened")


async def test_a_client_secret_that_is_refused_is_named_as_the_cause(
    secured_kafka: Secured,
) -> None:
    with (
        token_endpoint("leeway", "hush") as endpoint,
        pytest.raises(BrokerUnavailable, match="answers 401 to leeway"),
    ):
        async with open_raw_log(secured_kafka.with_token(endpoint, "wrong"), "g"):
            raise AssertionError("opened")


async def test_a_wrong_password_is_named_as_the_cause(secured: KafkaConnection) -> None:
    with pytest.raises(BrokerUnavailable, match=r"[Aa]uthentication failed"):
        async with open_raw_log(replace(secured, password="wrong"), "g"):
            raise AssertionError("opened")


async def test_an_unknown_authority_is_named_as_the_cause(
    secured: KafkaConnection, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path).authority
    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        async with open_raw_log(replace(secured, ca_file=str(other)), "g"):
            raise AssertionError("opened")


async def test_a_certificate_file_that_is_not_there_is_named(secured: KafkaConnection) -> None:
    with pytest.raises(BrokerUnavailable, match=r"/nowhere/ca\.pem"):
        async with open_raw_log(replace(secured, ca_file="/nowhere/ca.pem"), "g"):
            raise AssertionError("opened")
