"""What the api reads from the environment."""

from pydantic import Field, field_validator

from shared.settings import DatabaseSettings, KafkaSettings


class ApiSettings(KafkaSettings, DatabaseSettings):
    """Where definitions and figures are, and where events go to."""

    stale_after_seconds: int = Field(default=60, ge=1)
    too_late_seconds: int = Field(default=7 * 86_400, ge=0)
    future_seconds: int = Field(default=300, ge=0)
    self_report: bool = False
    api_tokens_file: str | None = None

    @field_validator("api_tokens_file")
    @classmethod
    def _no_tokens(cls, value: str | None) -> str | None:
        """Refuse a setting that would make an open api look protected."""
        if value is not None:
            raise ValueError(
                "this release knows no tokens: remove it, and let a proxy decide who may come in"
            )
        return value
