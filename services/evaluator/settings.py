"""What the evaluator reads from the environment."""

from urllib.parse import urlsplit

from pydantic import DirectoryPath, Field, HttpUrl, SecretStr, field_validator

from shared.settings import DatabaseSettings, KafkaSettings


class EvaluatorSettings(KafkaSettings, DatabaseSettings):
    """Where counts come from, where figures and notifications go to, and how often."""

    http_port: int = Field(default=8082, ge=0, le=65535)
    tick_seconds: float = Field(default=1.0, gt=0)
    flush_seconds: float = Field(default=5.0, gt=0)
    stale_after_seconds: int = Field(default=60, ge=1)
    keep_alerts_days: int = Field(default=400, ge=1, le=36_500)
    secrets_dir: DirectoryPath | None = None
    public_url: HttpUrl | None = None
    heartbeat_url: SecretStr | None = None
    heartbeat_seconds: float = Field(default=60.0, gt=0)

    @field_validator("heartbeat_url")
    @classmethod
    def _is_url(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no URL, without repeating it: it may hold a token."""
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("is no URL that begins with http:// or https://")
        return value
