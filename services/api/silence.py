"""Silences: what may be asked for, and how they are answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from services.api.errors import BadRequest
from services.api.schema.silence import Matcher, NewSilence, SilenceState
from services.api.schema.silence import Silence as Answered
from shared.domain.duration import parse_duration
from shared.domain.silence import Matcher as Demand
from shared.domain.silence import Silence
from shared.sql.alerts import Place

LONGEST = timedelta(days=400)


class SilenceStore(Protocol):
    """Where silences are kept."""

    async def add(self, new: Silence) -> None:
        """Put a silence in force."""

    async def get(self, id_: str) -> Silence:
        """Return one silence; raises NotFound."""

    async def list(
        self, *, ending_after: datetime | None = None, after: Place | None = None, limit: int = 100
    ) -> Sequence[Silence]:
        """Return silences, the newest first, from a place on."""

    async def end(self, id_: str, at: datetime) -> Silence:
        """End a silence early; raises NotFound."""


def silence_of(asked: NewSilence, by: str, now: datetime) -> Silence:
    """Return the silence that is asked for; raises BadRequest."""
    matchers = tuple(Demand(one.name, one.op, one.value) for one in asked.matchers)
    for number, matcher in enumerate(matchers):
        problem = matcher.problem()
        if problem is not None:
            raise BadRequest(f"matchers[{number}]: {problem}")
    starts_at = asked.starts_at or now
    ends_at = _end(asked, starts_at)
    if ends_at <= max(starts_at, now):
        raise BadRequest("the silence is over before it begins: give a later `ends_at`")
    if ends_at - starts_at > LONGEST:
        raise BadRequest(f"a silence lasts {LONGEST.days} days at most")
    return Silence(uuid4().hex, matchers, starts_at, ends_at, by, asked.note, now)


def silence_answer(silence: Silence, now: datetime) -> Answered:
    """Return a silence as it is answered."""
    return Answered(
        id=silence.id,
        state=_state(silence, now),
        matchers=[Matcher(name=m.name, op=m.comparison, value=m.value) for m in silence.matchers],
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        ended_at=silence.ended_at,
        created_by=silence.created_by,
        created_at=silence.created_at,
        note=silence.note,
    )


def _end(asked: NewSilence, starts_at: datetime) -> datetime:
    if (asked.ends_at is None) == (asked.duration is None):
        raise BadRequest("give either `ends_at` or `duration`")
    if asked.ends_at is not None:
        return asked.ends_at
    duration = parse_duration(asked.duration or "", "smhdw")
    if duration is None or duration.count == 0:
        raise BadRequest(f"`duration` {asked.duration!r} is no length of time such as 30m or 2h")
    try:
        return starts_at + timedelta(seconds=duration.seconds)
    except OverflowError as error:
        raise BadRequest(f"a silence lasts {LONGEST.days} days at most") from error


def _state(silence: Silence, now: datetime) -> SilenceState:
    if silence.is_active(now):
        return SilenceState.ACTIVE
    over = silence.ended_at is not None or now >= silence.ends_at
    return SilenceState.OVER if over else SilenceState.WAITING
