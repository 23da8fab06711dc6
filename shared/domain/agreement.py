"""An agreement between teams: its versions, who agreed to them, and which one is in force.

A version is a draft, is proposed, and is agreed once every party has accepted its content. Of the
agreed versions that have begun, the latest is in force; a later one that is not agreed yet changes
nothing. Days are those of UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from shared.domain.slo import SLO, Former, Window


class Standing(StrEnum):
    """How a version of an agreement stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    TERMINATED = "terminated"


Subject = tuple[str, str | None, Window | None]
"""What a promise is about: SLO, objective and window."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One objective of an SLO as it was promised; `counts` are the keys of its indicators.

    The fields that are None are not known: the SLO could not be evaluated. `former` are the targets
    that versions before this one promised, the oldest first.
    """

    slo: str
    objective: str | None
    target: Decimal | None
    window: Window | None
    counts: tuple[str, ...] = ()
    former: tuple[Former, ...] = ()

    @property
    def about(self) -> Subject:
        """What it is about, however strict it is."""
        return self.slo, self.objective, self.window


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something for which team, and when; `sha256` is that of the content it is about."""

    team: str
    person: str
    at: datetime
    sha256: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an agreement; `parties` are the provider and then the consumers."""

    number: int
    sha256: str
    parties: tuple[str, ...]
    start: date
    end: date | None = None
    proposed: Signature | None = None
    acceptances: tuple[Signature, ...] = ()
    terminated: Signature | None = None

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The parties that have not accepted it."""
        accepted = {acceptance.team for acceptance in self.acceptances}
        return tuple(team for team in self.parties if team not in accepted)

    @property
    def is_agreed(self) -> bool:
        """Whether every party has accepted it."""
        return not self.waiting_for

    def has_begun(self, today: date) -> bool:
        """Whether its first day has come."""
        return self.start <= today


def name_of_promise(agreement: str, objective: str, window: Window) -> str:
    """Return what an objective is called as it is promised."""
    return f"{agreement}: {objective} over {window.text}"


def as_slo(agreement: str, promise: Promise, slo: SLO) -> SLO | None:
    """Return the objective that a promise is about, with the promise's target and window.

    It counts what the SLO counts, in the same series, and alerts nobody; former targets of the SLO
    are none of the promise, which has its own. None when the SLO does not have the objective any
    more, or could not be evaluated when the promise was made.
    """
    about = [one for one in slo.objectives if one.name == promise.objective]
    if not about or promise.target is None or promise.window is None:
        return None
    name = name_of_promise(agreement, about[0].name, promise.window)
    objective = replace(about[0], name=name, target=promise.target, former=promise.former)
    return replace(
        slo,
        window=promise.window,
        objectives=(objective,),
        policies=(),
        composite=False,
        agreement=agreement,
    )


def standing_of(versions: Sequence[Version], position: int, today: date) -> Standing:
    """Return how one of the versions stands, the first one being the oldest."""
    version, later = versions[position], versions[position + 1 :]
    if version.terminated is not None:
        return Standing.TERMINATED
    if not version.is_agreed:
        if later:
            return Standing.SUPERSEDED
        return Standing.DRAFT if version.proposed is None else Standing.PROPOSED
    if any(other.is_agreed and other.has_begun(today) for other in later):
        return Standing.SUPERSEDED
    if version.end is not None and version.end < today:
        return Standing.EXPIRED
    return Standing.ACTIVE if version.has_begun(today) else Standing.AGREED


def in_force(versions: Sequence[Version], today: date) -> int | None:
    """Return the position of the version that holds today; None when none does."""
    standings = [standing_of(versions, position, today) for position in range(len(versions))]
    return standings.index(Standing.ACTIVE) if Standing.ACTIVE in standings else None


def leading(versions: Sequence[Version], today: date) -> int:
    """Return the position of the version that an agreement is known by.

    The one in force, else the latest that was, else the latest that was agreed, else the latest.
    """
    position = in_force(versions, today)
    if position is not None:
        return position
    agreed = [position for position, version in enumerate(versions) if version.is_agreed]
    begun = [position for position in agreed if _held(versions[position], today)]
    return (begun or agreed or [len(versions) - 1])[-1]


def _held(version: Version, today: date) -> bool:
    """Tell whether the first day of an agreed version came before it was terminated."""
    end = version.terminated
    return version.has_begun(today if end is None else end.at.astimezone(UTC).date())
