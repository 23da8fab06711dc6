"""A Kafka with locks: opened by each kind of key, and refused with the real cause."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from shared.domain.errors import BrokerUnavailable
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.kafka.raw_log import open_raw_log
from shared.kafka.token import ClientCredentials
from shared.kafka.topics import HOUR_MS, open_topics
from tests.conftest import missing
from tests.support.kafka.certificates import Certificates, make_certificates
from tests.support.kafka.cluster import running_broker
from tests.support.kafka.member import Member
from tests.support.kafka.packages import NoKafka
from tests.support.port import free_port
from tests.support.token_endpoint import TokenEndpoint, token_endpoint

PROPERTIES = """
listeners=SASL_SSL://127.0.0.1:$port,MUTUAL://127.0.0.1:{mutual},\\
  CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=SASL_SSL://127.0.0.1:$port,MUTUAL://127.0.0.1:{mutual}
listener.security.protocol.map=SASL_SSL:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required \\
  username="leeway" password="open sesame";
listener.name.sasl_ssl.plain.sasl.jaas.config=\\
  org.apache.kafka.common.security.plain.PlainLoginModule required user_leeway="open sesame";
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=\\
  org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.mutual.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
"""
USERS = [
    option
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
    for option in ("--add-scram", f"{mechanism}=[name=leeway,password=open sesame]")
]


@dataclass(frozen=True, slots=True)
class Secured:
    """A broker with every kind of lock: one listener for passwords, one for certificates."""

    passwords: str
    mutual: str
    files: Certificates

    def with_password(self, mechanism: str) -> KafkaConnection:
        """Return a connection over TLS that logs in with a name and a password."""
        return KafkaConnection(
            bootstrap=self.passwords,
            security_protocol="SASL_SSL",
            sasl_mechanism=mechanism,
            username="leeway",
            password="open sesame",
            ca_file=str(self.files.authority),
        )

    def with_token(self, endpoint: TokenEndpoint, secret: str = "hush") -> KafkaConnection:
        """Return a connection over TLS that logs in with tokens from this endpoint."""
        return KafkaConnection(
            bootstrap=self.passwords,
            security_protocol="SASL_SSL",
            sasl_mechanism="OAUTHBEARER",
            credentials=ClientCredentials(endpoint.url, "leeway", secret, "kafka"),
            ca_file=str(self.files.authority),
        )

    def with_certificate(self) -> KafkaConnection:
        """Return a connection over TLS on which both sides show a certificate."""
        return KafkaConnection(
            bootstrap=self.mutual,
            security_protocol="SSL",
            ca_file=str(self.files.authority),
            cert_file=str(self.files.client),
            key_file=str(self.files.client_key),
        )


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        missing("no openssl here, and certificates for the test need it")
    files = make_certificates(tmp_path_factory.mktemp("certificates"))
    mutual = free_port()
    properties = PROPERTIES.format(server=files.server, authority=files.authority, mutual=mutual)
    try:
        with running_broker(properties=properties, format_options=USERS) as running:
            yield Secured(f"localhost:{running.port}", f"localhost:{mutual}", files)
    except NoKafka as error:
        missing(error)


@pytest.fixture(scope="module")
def secured(broker: Secured) -> KafkaConnection:
    return broker.with_password("SCRAM-SHA-512")


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
    broker: Secured, mechanism: str
) -> None:
    found = await write_and_read(broker.with_password(mechanism), f"by-{mechanism.lower()}")
    assert found == [b"v"]


async def test_events_are_written_and_read_when_both_sides_show_a_certificate(
    broker: Secured,
) -> None:
    assert await write_and_read(broker.with_certificate(), "by-certificate") == [b"v"]


async def test_events_are_written_and_read_with_tokens_of_an_identity_provider(
    broker: Secured,
) -> None:
    with token_endpoint("leeway", "hush") as endpoint:
        assert await write_and_read(broker.with_token(endpoint), "by-token") == [b"v"]
    assert endpoint.given > 0
    assert set(endpoint.scopes) == {"kafka"}


async def test_a_client_without_a_certificate_is_told_that_one_is_missing(broker: Secured) -> None:
    bare = replace(broker.with_certificate(), cert_file=None, key_file=None)
    with pytest.raises(BrokerUnavailable, match="LEEWAY_KAFKA_SSL_CERT_FILE"):
        async with open_raw_log(bare, "g"):
            raise AssertionError("opened")


async def test_a_client_secret_that_is_refused_is_named_as_the_cause(broker: Secured) -> None:
    with (
        token_endpoint("leeway", "hush") as endpoint,
        pytest.raises(BrokerUnavailable, match="answers 401 to leeway"),
    ):
        async with open_raw_log(broker.with_token(endpoint, "wrong"), "g"):
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
