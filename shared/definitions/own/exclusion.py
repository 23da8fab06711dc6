"""Exclusion: what does not count, when, why, and who approved that."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.definitions.openslo.metadata import DESCRIPTION
from shared.definitions.rule import civil_time, exactly_one, items, max_length, time_zone
from shared.definitions.shape import (
    Check,
    Field,
    Finding,
    Length,
    ListOf,
    Mode,
    Struct,
    StructCheck,
    Text,
)

_LONG_TEXT = (max_length(10_000),)
_ONE_OFF = ("from", "until")


def _moment() -> Check:
    def test(value: str) -> str | None:
        try:
            if datetime.fromisoformat(value).tzinfo is not None:
                return None
        except ValueError:
            pass
        return f"{value!r} is no moment; write it like 2026-12-24T22:00:00+01:00"

    return Check(test, schema={"format": "date-time"})


def _at_some_time(spec: Mapping[str, Any]) -> Iterator[Finding]:
    """An exclusion is in force once, from one moment until another, or again and again."""
    given = [name for name in _ONE_OFF if spec.get(name) is not None]
    if spec.get("recurrence") is not None:
        if given:
            yield Finding(("recurrence",), "cannot be given beside from and until")
        return
    for name in _ONE_OFF:
        if name not in given:
            yield Finding((name,), "is required where there is no recurrence")


RECURRENCE = Struct(
    (
        Field("rrule", Text(), required=Mode.BOTH, checks=(max_length(500),)),
        Field("start", Text(), required=Mode.BOTH, checks=(civil_time(),)),
        Field("duration", Length(), required=Mode.BOTH),
        Field("timeZone", Text(), required=Mode.BOTH, checks=(time_zone(),)),
    )
)

EXCLUSION = Struct(
    (
        DESCRIPTION,
        Field("services", ListOf(Text()), checks=(items(1),)),
        Field("slos", ListOf(Text()), checks=(items(1),)),
        Field("predicate", Text(), omit_empty=True, checks=_LONG_TEXT),
        Field("from", Text(), omit_empty=True, checks=(_moment(),)),
        Field("until", Text(), omit_empty=True, checks=(_moment(),)),
        Field("recurrence", RECURRENCE, nullable=True),
        Field("reason", Text(), required=Mode.BOTH, checks=_LONG_TEXT),
        Field("approvedBy", Text(), required=Mode.BOTH, checks=(max_length(200),)),
    ),
    checks=(exactly_one("services", "slos"), StructCheck(_at_some_time)),
)
