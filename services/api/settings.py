"""What the api reads from the environment."""

from pydantic import Field

from shared.settings import DatabaseSettings, KafkaSettings


class ApiSettings(KafkaSettings, DatabaseSettings):
    """Where definitions and figures are, and where events go to."""

    stale_after_seconds: int = Field(default=60, ge=1)
    too_late_seconds: int = Field(default=7 * 86_400, ge=0)
    future_seconds: int = Field(default=300, ge=0)
    self_report: bool = False
