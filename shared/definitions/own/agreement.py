"""Agreement: who promises what to whom, from when until when, and whom to turn to."""

import re
from datetime import date, time

from shared.definitions.openslo.metadata import DESCRIPTION
from shared.definitions.openslo.slo import TIME_WINDOW
from shared.definitions.rule import (
    above,
    at_most_one,
    below,
    items,
    long_name,
    matches,
    max_length,
    one_of,
    time_zone,
)
from shared.definitions.shape import (
    Check,
    Field,
    Length,
    ListOf,
    Mode,
    Number,
    Struct,
    Text,
)

TYPES = ("SLA", "OLA", "UC")
"""Service level agreement, operational level agreement, underpinning contract."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MIDNIGHT = "24:00"
_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_CONTACT = (
    r"[^@\s]+@[^@\s]+\.[^@\s]+"  # an e-mail address
    r"|https?://\S+"
    r"|(tel:)?\+[0-9][0-9 ().-]{4,}"
    r"|[#@][\w.-]+"  # a channel, or a person in a chat
)
_INK = r"[^\x00-\x20\x7f\ud800-\udfff]"
_PRINT = r"[^\x00-\x1f\x7f\ud800-\udfff]"
_LONG_TEXT = (max_length(10_000),)


def _date() -> Check:
    def test(value: str) -> str | None:
        try:
            if re.fullmatch(_DATE, value, re.ASCII):
                date.fromisoformat(value)
                return None
        except ValueError:
            pass
        return f"{value!r} is no date; write it like 2026-01-31"

    return Check(test, schema={"pattern": f"^{_DATE}$"})


def _clock() -> Check:
    def test(value: str) -> str | None:
        if value == MIDNIGHT or re.fullmatch(_CLOCK, value, re.ASCII):
            return None
        return f"{value!r} is no time of day; write it like 08:30, the end of the day as {MIDNIGHT}"

    return Check(test, schema={"pattern": f"^({_CLOCK}|{MIDNIGHT})$"})


def _contact() -> Check:
    def test(value: str) -> str | None:
        if re.fullmatch(_CONTACT, value.strip()):
            return None
        return (
            f"{value!r} reaches nobody; give an e-mail address, a URL, a telephone number with + "
            "and country, or a #channel"
        )

    return Check(test, schema={"pattern": f"^\\s*({_CONTACT})\\s*$"})


def _team() -> Check:
    return matches(
        f"{_INK}({_PRINT}*{_INK})?",
        "is no name of a team: letters that can be printed, and no spaces around them",
    )


def minutes_of(clock: str) -> int:
    """Return a time of day as minutes after midnight."""
    if clock == MIDNIGHT:
        return 24 * 60
    read = time.fromisoformat(clock)
    return read.hour * 60 + read.minute


PARTY = Struct(
    (
        Field("team", Text(), required=Mode.BOTH, checks=(max_length(200), _team())),
        Field("owner", Text(), omit_empty=True, checks=(max_length(200),)),
        Field("contact", Text(), omit_empty=True, checks=(_contact(),)),
    )
)

PROMISE = Struct(
    (
        Field("slo", Text(), required=Mode.BOTH, checks=(long_name(),)),
        Field("objective", Text(), omit_empty=True),
        Field("target", Number(), nullable=True, checks=(above(0), below(1))),
        Field("targetPercent", Number(), nullable=True, checks=(above(0), below(100))),
        Field("window", TIME_WINDOW, nullable=True),
        DESCRIPTION,
    ),
    checks=(at_most_one("target", "targetPercent"),),
)

SERVICE_HOURS = Struct(
    (
        Field("timeZone", Text(), required=Mode.BOTH, checks=(time_zone(),)),
        Field(
            "hours",
            ListOf(
                Struct(
                    (
                        Field("days", ListOf(Text()), required=Mode.BOTH, checks=(items(1, 7),)),
                        Field("from", Text(), required=Mode.BOTH, checks=(_clock(),)),
                        Field("until", Text(), required=Mode.BOTH, checks=(_clock(),)),
                    )
                )
            ),
            required=Mode.BOTH,
            checks=(items(1),),
        ),
    )
)

ESCALATION = Struct(
    (
        Field("after", Length(zero=True), nullable=True),
        Field("team", Text(), omit_empty=True),
        Field("contact", Text(), required=Mode.BOTH, checks=(_contact(),)),
    )
)

AGREEMENT = Struct(
    (
        DESCRIPTION,
        Field("type", Text(), required=Mode.BOTH, checks=(one_of(*TYPES),)),
        Field("provider", PARTY, required=Mode.BOTH),
        Field("consumers", ListOf(PARTY), required=Mode.BOTH, checks=(items(1),)),
        Field(
            "scope",
            Struct(
                (
                    Field("services", ListOf(Text())),
                    Field("included", Text(), checks=_LONG_TEXT),
                    Field("excluded", Text(), checks=_LONG_TEXT),
                )
            ),
            nullable=True,
        ),
        Field("promises", ListOf(PROMISE), required=Mode.BOTH, checks=(items(1),)),
        Field(
            "effective",
            Struct(
                (
                    Field("from", Text(), required=Mode.BOTH, checks=(_date(),)),
                    Field("until", Text(), omit_empty=True, checks=(_date(),)),
                )
            ),
            required=Mode.BOTH,
        ),
        Field(
            "review",
            Struct(
                (
                    Field("every", Length(), nullable=True),
                    Field("next", Text(), omit_empty=True, checks=(_date(),)),
                )
            ),
            nullable=True,
        ),
        Field("serviceHours", SERVICE_HOURS, nullable=True),
        Field("escalation", ListOf(ESCALATION)),
    )
)
