"""A Kafka with every kind of lock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.kafka.connection import KafkaConnection
from shared.kafka.token import ClientCredentials
from tests.support.kafka.certificates import Certificates, make_certificates
from tests.support.kafka.cluster import running_broker
from tests.support.kafka.packages import NoKafka
from tests.support.port import free_port
from tests.support.token_endpoint import TokenEndpoint

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


@contextmanager
def secured_broker(folder: Path) -> Iterator[Secured]:
    """Run one until the end of the block; its certificates are made in this folder.

    Raises NoKafka where there is none, and none to be locked for want of openssl.
    """
    if shutil.which("openssl") is None:
        raise NoKafka("no openssl here, and certificates for a broker with locks need it")
    files = make_certificates(folder)
    mutual = free_port()
    properties = PROPERTIES.format(server=files.server, authority=files.authority, mutual=mutual)
    with running_broker(properties=properties, format_options=USERS) as running:
        yield Secured(f"localhost:{running.port}", f"localhost:{mutual}", files)
