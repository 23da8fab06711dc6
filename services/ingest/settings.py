"""What ingest reads from the environment."""

from pydantic import Field

from shared.settings import DatabaseSettings, KafkaSettings


class IngestSettings(KafkaSettings, DatabaseSettings):
    """How often counts go out, and which events come too late or from the future."""

    http_port: int = Field(default=8081, ge=0, le=65535)
    emit_seconds: float = Field(default=0.5, ge=0.1, le=30)
    too_late_seconds: int = Field(default=7 * 86_400, ge=0)
    future_seconds: int = Field(default=300, ge=0)
