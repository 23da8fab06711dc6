"""AlertCondition, AlertNotificationTarget and AlertPolicy."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.definitions.openslo.indicator import OPERATOR
from shared.definitions.openslo.metadata import DESCRIPTION, ONE_ITEM, in_place
from shared.definitions.rule import items, one_of
from shared.definitions.shape import (
    Either,
    Field,
    Finding,
    Length,
    ListOf,
    Mode,
    Number,
    Struct,
    StructCheck,
    Switch,
    Text,
)
from shared.definitions.validate import MISSING, strict_length, tested

BURN_RATE = "burnrate"


def _burn_rate(value: Mapping[str, Any]) -> Iterator[Finding]:
    """What the reference tool asks of a burn rate, once the kind says that it is one."""
    if value.get("kind") != BURN_RATE:
        return
    op, lookback, after = (value.get(key) for key in ("op", "lookbackWindow", "alertAfter"))
    given = {"op": op, "threshold": value.get("threshold"), "lookbackWindow": lookback}
    for name in (name for name, item in given.items() if item in (None, "")):
        yield Finding((name,), MISSING)
    for message in tested(op, (OPERATOR,), Mode.STRICT) if op else ():
        yield Finding(("op",), message)
    for finding in strict_length(lookback) if lookback else ():
        yield finding.below("lookbackWindow")
    for finding in strict_length(after) if after is not None else ():
        yield finding.below("alertAfter")


_CONDITION = Struct(
    (
        Field("kind", Text(), required=Mode.STRICT, checks=(one_of(BURN_RATE),)),
        Field("op", Text(), checked=Mode.DEFAULT, checks=(OPERATOR,)),
        Field("threshold", Number(), required=Mode.DEFAULT, nullable=True),
        Field("lookbackWindow", Length(), required=Mode.DEFAULT, checked=Mode.DEFAULT),
        Field("alertAfter", Length(zero=True), checked=Mode.DEFAULT),
    ),
    checks=(StructCheck(_burn_rate, Mode.STRICT),),
)

ALERT_CONDITION = Struct(
    (
        DESCRIPTION,
        Field("severity", Text(), required=Mode.BOTH),
        Field("condition", _CONDITION, required=Mode.BOTH),
    )
)

ALERT_NOTIFICATION_TARGET = Struct((Field("target", Text(), required=Mode.BOTH), DESCRIPTION))


def alert_policy_with(condition: Struct, target: Struct) -> Struct:
    """Return the table of a policy whose condition and targets look like this in place."""
    conditions = ListOf(Either("conditionRef", "AlertCondition", condition))
    targets = ListOf(Either("targetRef", "AlertNotificationTarget", target))
    return Struct(
        (
            DESCRIPTION,
            Field("alertWhenNoData", Switch()),
            Field("alertWhenBreaching", Switch()),
            Field("alertWhenResolved", Switch()),
            Field("conditions", conditions, required=Mode.DEFAULT, checks=(ONE_ITEM,)),
            Field("notificationTargets", targets, required=Mode.DEFAULT, checks=(items(1),)),
        )
    )


ALERT_POLICY = alert_policy_with(
    in_place("AlertCondition", ALERT_CONDITION),
    in_place("AlertNotificationTarget", ALERT_NOTIFICATION_TARGET),
)
