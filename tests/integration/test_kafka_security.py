"""A Kafka that wants TLS and a password: reached with both, and refused with the real cause."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.domain.errors import BrokerUnavailable
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.kafka.raw_log import open_raw_log
from shared.kafka.topics import HOUR_MS, open_topics
from tests.conftest import missing
from tests.support.kafka.certificates import make_certificates
from tests.support.kafka.cluster import running_broker
from tests.support.kafka.member import Member
from tests.support.kafka.packages import NoKafka

PROPERTIES = """
listeners=SASL_SSL://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=SASL_SSL://127.0.0.1:$port
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required \\
  username="leeway" password="open sesame";
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
"""
USER = "SCRAM-SHA-512=[name=leeway,password=open sesame]"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaConnection]:
    if shutil.which("openssl") is None:
        missing("no openssl here, and certificates for the test need it")
    files = make_certificates(tmp_path_factory.mktemp("certificates"))
    properties = PROPERTIES.format(server=files.server, authority=files.authority)
    try:
        with running_broker(properties=properties, format_options=("--add-scram", USER)) as broker:
            yield KafkaConnection(
                bootstrap=f"localhost:{broker.port}",
                security_protocol="SASL_SSL",
                sasl_mechanism="SCRAM-SHA-512",
                username="leeway",
                password="open sesame",
                ca_file=str(files.authority),
            )
    except NoKafka as error:
        missing(error)


async def test_events_are_written_and_read_over_tls_with_a_password(
    secured: KafkaConnection,
) -> None:
    async with open_topics(secured) as topics:
        topic = await topics.ensure("secured", 2, retention_ms=72 * HOUR_MS)
    async with open_event_writer(secured, "g") as writer:
        await writer.append_all("secured", [(b"k", b"v")])
    async with open_raw_log(secured, "g") as log:
        member = Member(log)
        log.subscribe(["secured"], member)
        await member.read_until(1)

    assert topic.partitions == 2
    assert member.values() == [b"v"]


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
