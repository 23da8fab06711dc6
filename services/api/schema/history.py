"""What was counted step by step."""

from datetime import datetime

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor


class RawStep(Answer):
    """What one step would be without exclusions."""

    good: int | None
    total: int | None
    sli: float | None


class Step(Answer):
    """What was counted in one step of an objective's history."""

    objective: str
    from_: datetime = Field(alias="from")
    to: datetime
    good: int | None
    total: int | None
    sli: float | None
    raw: RawStep | None = Field(default=None, description="What was counted before exclusions.")
    burn_rate: float | None = Field(description="Over this step.")
    remaining_ratio: float | None = Field(
        description="Of the budget of the objective's window that ends with this step."
    )


class History(Answer):
    """The steps of an SLO's objectives, oldest first, one objective after the other."""

    items: list[Step]
    next_cursor: NextCursor
