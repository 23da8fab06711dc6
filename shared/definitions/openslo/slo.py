"""SLO: a service, its indicator, the window, the objectives and who is alerted."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.definitions.keyword import given, having, when
from shared.definitions.openslo.alert import ALERT_POLICY
from shared.definitions.openslo.indicator import IndicatorPlace
from shared.definitions.openslo.metadata import (
    DESCRIPTION,
    METADATA_FIELD,
    ONE_ITEM,
    in_place,
)
from shared.definitions.openslo.objective import (
    SLICES_GIVEN,
    objectives_with,
    slices_given,
    strict_slices,
)
from shared.definitions.openslo.sli import SLI
from shared.definitions.rule import civil_time, items, one_of, time_zone
from shared.definitions.shape import (
    Either,
    Field,
    Finding,
    Keywords,
    Length,
    ListOf,
    Mode,
    Struct,
    StructCheck,
    Switch,
    Text,
)


def rolling_or_calendar(window: Mapping[str, Any]) -> Iterator[Finding]:
    """A window that does not roll needs a calendar, and one that rolls has none."""
    rolling, calendar = window.get("isRolling"), window.get("calendar")
    if rolling and calendar is not None:
        yield Finding((), "calendar cannot be given when isRolling is true")
    if not rolling and calendar is None:
        yield Finding((), "calendar must be given when isRolling is false")


def _rolling_unless_told(window: Mapping[str, Any]) -> Iterator[Finding]:
    """The specification's text has a window without isRolling and calendar roll."""
    if window.get("isRolling") is not None or window.get("calendar") is not None:
        yield from rolling_or_calendar(window)


_ROLLS_OR_HAS_A_CALENDAR: Keywords = {
    "allOf": [
        when(having("isRolling", {"const": True}), {"not": given("calendar")}),
        when(having("isRolling", {"const": False}), given("calendar")),
    ]
}

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
        StructCheck(rolling_or_calendar, Mode.STRICT),
        StructCheck(_rolling_unless_told, Mode.DEFAULT, _ROLLS_OR_HAS_A_CALENDAR),
    ),
)


def slo_with(place: IndicatorPlace, service: str, alert_policy: Struct) -> Struct:
    """Return the table of an SLO; versions differ in how they call its indicator and service."""
    return Struct(
        (
            DESCRIPTION,
            Field(service, Text(), required=Mode.BOTH),
            *place.fields(),
            Field(
                "budgetingMethod",
                Text(),
                required=Mode.BOTH,
                checks=(one_of("Occurrences", "Timeslices", "RatioTimeslices"),),
            ),
            Field("timeWindow", ListOf(TIME_WINDOW), checks=(ONE_ITEM,)),
            Field(
                "objectives",
                objectives_with(place),
                required=Mode.DEFAULT,
                checks=(items(1, mode=Mode.DEFAULT),),
            ),
            Field(
                "alertPolicies",
                ListOf(Either("alertPolicyRef", "AlertPolicy", alert_policy)),
            ),
        ),
        checks=(
            StructCheck(place.placement, schema=place.placed()),
            StructCheck(slices_given, schema=SLICES_GIVEN),
            StructCheck(place.only_one, Mode.DEFAULT, place.one()),
            StructCheck(place.strict, Mode.STRICT),
            StructCheck(strict_slices, Mode.STRICT),
            StructCheck(place.strict_comparisons, Mode.STRICT),
        ),
    )


INDICATOR = IndicatorPlace(
    "indicator", "indicatorRef", Struct((METADATA_FIELD, Field("spec", SLI)))
)

SLO = slo_with(INDICATOR, "service", in_place("AlertPolicy", ALERT_POLICY))
