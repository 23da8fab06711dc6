"""SLO: a service, its indicator, the window, the objectives and who is alerted."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.definitions.openslo.alert import ALERT_POLICY
from shared.definitions.openslo.metadata import DESCRIPTION, ONE_ITEM, in_place
from shared.definitions.openslo.objective import (
    INDICATOR_FIELDS,
    OBJECTIVES,
    one_indicator,
    placement,
    slices_given,
    strict_comparisons,
    strict_indicators,
    strict_slices,
)
from shared.definitions.rule import civil_time, items, one_of, time_zone
from shared.definitions.shape import (
    Either,
    Field,
    Finding,
    Length,
    ListOf,
    Mode,
    Struct,
    StructCheck,
    Switch,
    Text,
)


def _rolling_or_calendar(window: Mapping[str, Any]) -> Iterator[Finding]:
    rolling, calendar = window.get("isRolling"), window.get("calendar")
    if rolling and calendar is not None:
        yield Finding((), "calendar cannot be given when isRolling is true")
    if not rolling and calendar is None:
        yield Finding((), "calendar must be given when isRolling is false")


def _rolling_unless_told(window: Mapping[str, Any]) -> Iterator[Finding]:
    """The specification's text has a window without isRolling and calendar roll."""
    if window.get("isRolling") is not None or window.get("calendar") is not None:
        yield from _rolling_or_calendar(window)


CALENDAR = Struct(
    (
        Field("startTime", Text(), required=Mode.DEFAULT, checks=(civil_time(),)),
        Field("timeZone", Text(), required=Mode.DEFAULT, checks=(time_zone(),)),
    )
)

TIME_WINDOW = Struct(
    (
        Field("duration", Length(), required=Mode.BOTH),
        Field("isRolling", Switch()),
        Field("calendar", CALENDAR, nullable=True),
    ),
    checks=(
        StructCheck(_rolling_or_calendar, Mode.STRICT),
        StructCheck(_rolling_unless_told, Mode.DEFAULT),
    ),
)

SLO = Struct(
    (
        DESCRIPTION,
        Field("service", Text(), required=Mode.BOTH),
        *INDICATOR_FIELDS,
        Field(
            "budgetingMethod",
            Text(),
            required=Mode.BOTH,
            checks=(one_of("Occurrences", "Timeslices", "RatioTimeslices"),),
        ),
        Field("timeWindow", ListOf(TIME_WINDOW), checks=(ONE_ITEM,)),
        Field(
            "objectives",
            OBJECTIVES,
            required=Mode.DEFAULT,
            checks=(items(1, mode=Mode.DEFAULT),),
        ),
        Field(
            "alertPolicies",
            ListOf(Either("alertPolicyRef", "AlertPolicy", in_place("AlertPolicy", ALERT_POLICY))),
        ),
    ),
    checks=(
        StructCheck(placement),
        StructCheck(slices_given),
        StructCheck(one_indicator, Mode.DEFAULT),
        StructCheck(strict_indicators, Mode.STRICT),
        StructCheck(strict_slices, Mode.STRICT),
        StructCheck(strict_comparisons, Mode.STRICT),
    ),
)
