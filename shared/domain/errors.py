"""Every error Leeway raises on purpose, as a tree.

* LeewayError
  - InvalidDefinitions   definitions that cannot be accepted, with every problem found
  - QueryError           a query that cannot be parsed, pointing into it
  - RejectedEvent        an event that may not be counted, and why
  - NotFound             nothing has this name
  - RevisionConflict     somebody else changed the definitions meanwhile
  - NotAllowed           a step that an agreement cannot take now
  - Fenced               another process owns the shard now
  - InvalidDatabaseURL   a database URL that Leeway cannot use
  - SchemaMismatch       the tables are not those of this release; a migration must run first
  - StoreUnavailable     the database cannot be reached; retrying may help
  - BrokerUnavailable    Kafka cannot be reached; retrying may help
  - OffsetOutOfRange     a read position lies outside what the log holds now
  - TruncatedLog         a log ends before what was already read from it; a person must decide
  - RefusedMessage       the broker refuses a message for good
"""

from collections.abc import Mapping
from dataclasses import dataclass


class LeewayError(Exception):
    """Base of every error this system raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where: `line` and `column` count from 1, 0 when unknown."""

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    file: str = ""


class InvalidDefinitions(LeewayError):
    """A set of definitions cannot be accepted."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "; ".join(f"{p.path}: {p.message}" if p.path else p.message for p in problems)
        )
        self.problems = problems


class QueryError(LeewayError):
    """A query cannot be parsed or means nothing; `position` counts characters from 0."""

    def __init__(self, message: str, query: str, position: int) -> None:
        super().__init__(message)
        self.query = query
        self.position = position


class RejectedEvent(LeewayError):
    """An event may not be counted; `reason` is one of `shared.domain.reason.Reason`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class NotFound(LeewayError):
    """Nothing of this kind has this name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} named {name!r}")
        self.kind = kind
        self.name = name


class RevisionConflict(LeewayError):
    """The definitions changed between reading and writing them."""


class NotAllowed(LeewayError):
    """A party wants to do something about an agreement that it cannot do now; says why."""


class NameTaken(LeewayError):
    """Something with this name exists, or existed: names are given once."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is, or was, a {kind} named {name!r}: take another name")


class Forbidden(LeewayError):
    """Whoever asks may not do this; says what it would take."""


class IssuerUnavailable(LeewayError):
    """The identity provider does not tell its keys: nobody can be known by its tokens now."""


class Fenced(LeewayError):
    """A later owner has taken over this shard; its figures must be dropped at once."""


class InvalidDatabaseURL(LeewayError):
    """A database URL cannot be used; the message never repeats it, for it may hold a password."""


class SchemaMismatch(LeewayError):
    """The tables of the database are not those that this release works with."""


class StoreUnavailable(LeewayError):
    """The database cannot be reached or did not answer: whether it did its work is unknown."""


class BrokerUnavailable(LeewayError):
    """Kafka cannot be reached or did not answer."""


class OffsetOutOfRange(LeewayError):
    """A read position lies before the log's start, or beyond its end: ask for both and decide.

    `positions` maps (topic, partition) to the offset that could not be read.
    """

    def __init__(self, positions: Mapping[tuple[str, int], int]) -> None:
        places = (f"{t}/{p} at offset {offset}" for (t, p), offset in sorted(positions.items()))
        super().__init__(f"not in the log: {', '.join(places)}")
        self.positions = dict(positions)


class TruncatedLog(LeewayError):
    """A log ends before a position that was already read: guessing would corrupt counts."""


class RefusedMessage(LeewayError):
    """The broker refuses a message for good; sending it again cannot help."""
