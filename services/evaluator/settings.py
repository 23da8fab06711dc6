"""What the evaluator reads from the environment."""

from pydantic import Field

from shared.settings import DatabaseSettings, KafkaSettings


class EvaluatorSettings(KafkaSettings, DatabaseSettings):
    """Where counts come from, where figures go to, and how often."""

    http_port: int = Field(default=8082, ge=0, le=65535)
    tick_seconds: float = Field(default=1.0, gt=0)
    flush_seconds: float = Field(default=5.0, gt=0)
    stale_after_seconds: int = Field(default=60, ge=1)
