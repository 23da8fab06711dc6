"""Events in over HTTP, and what became of them."""

from services.api.schema.answer import Answer


class Accepted(Answer):
    """So many events are in Kafka, acknowledged."""

    accepted: int


class BadEvent(Answer):
    """Why one event is refused; `index` counts from 0 in the order sent."""

    index: int
    reason: str
    message: str
