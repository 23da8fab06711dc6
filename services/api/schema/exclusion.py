"""What does not count, as it is shown beside a status."""

from datetime import datetime

from pydantic import Field

from services.api.schema.answer import Answer


class Recurrence(Answer):
    """When something happens again and again."""

    rrule: str
    start: str = Field(description="In the civil time of the zone.")
    duration_seconds: int
    time_zone: str


class Exclusion(Answer):
    """What does not count, when, and why."""

    name: str
    from_: datetime | None = Field(alias="from", description="Null where it recurs.")
    until: datetime | None = Field(description="Null where it recurs.")
    recurrence: Recurrence | None = Field(description="Null where it happens once.")
    predicate: str | None = Field(description="Null when everything in that time is excluded.")
    reason: str
    approved_by: str
    in_force: bool = Field(description="Whether it is in force at this moment.")
