"""What an interval covers and what is left of its error budget."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.api.schema.answer import Answer


class Window(Answer):
    """The interval that the figures of an objective cover, exactly."""

    type: Literal["rolling", "calendar"]
    duration: str = Field(description="As written in the definition.")
    from_: datetime | None = Field(alias="from")
    to: datetime | None


class WholePeriod(Answer):
    """The budget of a whole calendar period, by what it is expected to count."""

    ends_at: datetime
    expected_total: float | None = Field(
        description="Scaled from what was counted so far, at least that of the period before."
    )
    allowed: float | None
    consumed_ratio: float | None
    remaining_ratio: float | None


class ErrorBudget(Answer):
    """What may still go wrong."""

    allowed: float | None = Field(description="Bad events (or slices) that the promise allows.")
    consumed_ratio: float | None
    remaining_ratio: float | None = Field(description="1 is untouched, below 0 is overspent.")
    exhausted_at: datetime | None = Field(
        description="When the budget is spent at the burn rate of the last hour."
    )
    whole_period: WholePeriod | None = None
