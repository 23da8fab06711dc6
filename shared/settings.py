"""Settings, read once from the environment at start-up."""

import difflib
import os
import re
import sys
from collections.abc import Mapping
from typing import Literal, NoReturn, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "LEEWAY_"
USAGE_EXIT = 2
KNOWN = frozenset(
    PREFIX + name
    for name in (
        "API_TOKENS_FILE",
        "AUTH",
        "COUNTS_PARTITIONS",
        "COUNTS_TOPIC",
        "DATABASE_LOCK_TIMEOUT_MS",
        "DATABASE_URL",
        "DATA_DIR",
        "DEAD_LETTERS_TOPIC",
        "EMIT_SECONDS",
        "FLUSH_SECONDS",
        "FUTURE_SECONDS",
        "GROUP_PREFIX",
        "HEARTBEAT_SECONDS",
        "HEARTBEAT_URL",
        "HTTP_HOST",
        "HTTP_PORT",
        "INTAKE_BODY_BYTES",
        "INTAKE_REQUESTS_PER_SECOND",
        "KAFKA_BOOTSTRAP",
        "KAFKA_OAUTH_SCOPE",
        "KAFKA_OAUTH_TOKEN_URL",
        "KAFKA_SASL_MECHANISM",
        "KAFKA_SASL_PASSWORD",
        "KAFKA_SASL_USERNAME",
        "KAFKA_SECURITY_PROTOCOL",
        "KAFKA_SESSION_TIMEOUT_MS",
        "KAFKA_SSL_CA_FILE",
        "KAFKA_SSL_CERT_FILE",
        "KAFKA_SSL_KEY_FILE",
        "KEEP_ALERTS_DAYS",
        "LOCAL_RUN_ID",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "OIDC_AUDIENCE",
        "OIDC_CLAIM",
        "OIDC_ISSUER",
        "OIDC_SCOPES",
        "OIDC_TEAM_CLAIM",
        "PUBLIC_URL",
        "SECRETS_DIR",
        "SELF_REPORT",
        "SERVER",
        "STALE_AFTER_SECONDS",
        "TICK_SECONDS",
        "TOKEN",
        "TOO_LATE_SECONDS",
        "USER",
    )
)
SECRETS = f"{PREFIX}SECRET_"
"""How the names of variables begin that hold secrets of receivers and are no settings."""

_FOREIGN = re.compile(
    r"LEEWAY_(?:TEST_.*|SECRET_.*|.*_SERVICE_HOST|.*_SERVICE_PORT.*|(?:.*_)?PORT(?:_.*)?)"
)


class ServiceSettings(BaseSettings):
    """What every service needs to know."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "console"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)


class KafkaSettings(ServiceSettings):
    """Where Kafka is, how to log in, and the names of Leeway's own topics and groups."""

    kafka_bootstrap: str
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = (
        "PLAIN"
    )
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_oauth_token_url: str | None = None
    kafka_oauth_scope: str | None = None
    kafka_ssl_ca_file: str | None = None
    kafka_ssl_cert_file: str | None = None
    kafka_ssl_key_file: str | None = None
    kafka_session_timeout_ms: int = Field(default=10_000, ge=1_000)
    group_prefix: str = "leeway-"
    counts_topic: str = "leeway.counts.v1"
    counts_partitions: int = Field(default=24, ge=1)
    dead_letters_topic: str = "leeway.dead-letters.v1"
    local_run_id: str | None = None

    @model_validator(mode="after")
    def _login_is_whole(self) -> "KafkaSettings":
        """Refuse a login of which a part is missing, before Kafka refuses it without saying why."""
        if not self.kafka_security_protocol.startswith("SASL"):
            return self
        needed = {
            "KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "KAFKA_SASL_PASSWORD": self.kafka_sasl_password,
        }
        if self.kafka_sasl_mechanism == "OAUTHBEARER":
            needed["KAFKA_OAUTH_TOKEN_URL"] = self.kafka_oauth_token_url
        missing = [PREFIX + name for name, value in needed.items() if not value]
        if missing:
            who = " (the client's id and secret)" if "OAUTH" in self.kafka_sasl_mechanism else ""
            raise ValueError(
                f"{self.kafka_sasl_mechanism} over {self.kafka_security_protocol} needs"
                f" {' and '.join(missing)} as well{who}"
            )
        return self

    @property
    def ingest_group(self) -> str:
        """The consumer group that reads the raw topics."""
        return f"{self.group_prefix}ingest"

    @property
    def evaluator_group(self) -> str:
        """The consumer group that shares out the partitions of the counts topic."""
        return f"{self.group_prefix}evaluator"


class DatabaseSettings(ServiceSettings):
    """Where the database is, and how long to wait for a lock in it."""

    database_url: str
    database_lock_timeout_ms: int = Field(default=5_000, ge=1)


Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(kind: type[Settings]) -> Settings:
    """Return the settings in the environment, or name what is wrong with it and exit 2."""
    complaints = unknown_variables(os.environ)
    if complaints:
        _refuse(complaints)
    try:
        return kind()
    except ValidationError as error:
        _refuse(_what_is_wrong(error))


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return one sentence for each variable that looks like a setting and is none.

    Those that hold secrets are none of ours: what definitions may name begins with `SECRETS` or
    without our prefix.
    """
    complaints = []
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in KNOWN:
            continue
        if _FOREIGN.fullmatch(name):
            continue
        near = difflib.get_close_matches(name, KNOWN, n=1)
        complaints.append(f"{name} is not a setting of Leeway" + _did_you_mean(near))
    return complaints


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {names[0]}?" if names else "; remove it from the environment"


def _what_is_wrong(error: ValidationError) -> list[str]:
    complaints = []
    for problem in error.errors(include_url=False, include_input=False):
        name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            complaints.append(f"{name} is not set")
        else:
            complaints.append(f"{name}: {text}" if problem["loc"] else text)
    return complaints


def _refuse(complaints: list[str]) -> NoReturn:
    for complaint in complaints:
        sys.stderr.write(f"leeway: {complaint}\n")
    raise SystemExit(USAGE_EXIT)
