"""How to reach Kafka, as the options of the two client libraries."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from aiokafka.helpers import create_ssl_context

from shared.domain.errors import BrokerUnavailable
from shared.kafka.token import ClientCredentials, TokenProvider
from shared.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """An address with its credentials; `run_id` is set for the embedded broker of a local stack."""

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    credentials: ClientCredentials | None = None
    session_timeout_ms: int = 10_000
    run_id: str | None = None

    @classmethod
    def of(cls, settings: KafkaSettings) -> "KafkaConnection":
        """Return the connection that these settings describe."""
        password = settings.kafka_sasl_password
        return cls(
            bootstrap=settings.kafka_bootstrap,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_sasl_username,
            password=password.get_secret_value() if password else None,
            ca_file=settings.kafka_ssl_ca_file,
            cert_file=settings.kafka_ssl_cert_file,
            key_file=settings.kafka_ssl_key_file,
            credentials=_credentials(settings),
            session_timeout_ms=settings.kafka_session_timeout_ms,
            run_id=settings.local_run_id,
        )

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return self.security_protocol.endswith("SSL")

    @property
    def has_login(self) -> bool:
        """Whether the connection logs in with SASL."""
        return self.security_protocol.startswith("SASL")

    @property
    def suspicion(self) -> str:
        """What is probably wrong when Kafka closes the connection without a word."""
        if self.security_protocol == "SSL" and self.cert_file is None:
            return (
                "it may want a client certificate:"
                " set LEEWAY_KAFKA_SSL_CERT_FILE and LEEWAY_KAFKA_SSL_KEY_FILE"
            )
        if not self.is_encrypted:
            return "it may want TLS: see LEEWAY_KAFKA_SECURITY_PROTOCOL"
        return ""

    def asyncio_options(self) -> dict[str, Any]:
        """Return the keyword arguments that every aiokafka client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "client_id": "leeway",
        }
        if self.is_encrypted:
            options["ssl_context"] = self._ssl_context()
        if self.has_login and self.credentials:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_oauth_token_provider": TokenProvider(self.credentials),
            }
        elif self.has_login:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def librdkafka_options(self) -> dict[str, Any]:
        """Return the configuration that every confluent-kafka client takes."""
        options: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.security_protocol,
            "client.id": "leeway",
            "reconnect.backoff.max.ms": 1_000,
            # Else a client asks a broker that is gone, as the controller, for up to five minutes.
            "topic.metadata.refresh.interval.ms": 5_000,
            "log_level": 0,
        }
        if self.has_login and self.credentials:
            options |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.oauthbearer.method": "oidc",
                "sasl.oauthbearer.token.endpoint.url": self.credentials.endpoint,
                "sasl.oauthbearer.client.id": self.credentials.client_id,
                "sasl.oauthbearer.client.secret": self.credentials.client_secret,
            }
            if self.credentials.scope:
                options["sasl.oauthbearer.scope"] = self.credentials.scope
        elif self.has_login:
            options |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.username or "",
                "sasl.password": self.password or "",
            }
        files = {
            "ssl.ca.location": self.ca_file,
            "ssl.certificate.location": self.cert_file,
            "ssl.key.location": self.key_file,
        }
        return options | {name: file for name, file in files.items() if file and self.is_encrypted}

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context: ssl.SSLContext = create_ssl_context(
                cafile=self.ca_file, certfile=self.cert_file, keyfile=self.key_file
            )
        except OSError as error:
            files = ", ".join(f for f in (self.ca_file, self.cert_file, self.key_file) if f)
            raise BrokerUnavailable(f"cannot use the certificates {files}: {error}") from error
        return context


def _credentials(settings: KafkaSettings) -> ClientCredentials | None:
    """Return who asks for tokens where, when these log in; the settings see that all is there."""
    endpoint, secret = settings.kafka_oauth_token_url, settings.kafka_sasl_password
    if settings.kafka_sasl_mechanism != "OAUTHBEARER" or endpoint is None or secret is None:
        return None
    return ClientCredentials(
        endpoint,
        settings.kafka_sasl_username or "",
        secret.get_secret_value(),
        settings.kafka_oauth_scope,
    )
