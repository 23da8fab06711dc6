"""Which targets were promised before, of what is counted still."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.definitions.compile import compile_catalogue
from shared.definitions.former import Revised
from shared.domain.slo import Former
from tests.unit.definitions.builder import slo

SECOND = 1_764_000_000
Body = dict[str, Any]
Changes = Mapping[str, Any]


def promised(target: float, **more: Any) -> Body:
    return slo(changes={"spec.objectives[0].target": target, **more})


def revised(revision: int, before: Body, after: Body, *, at: float = SECOND) -> Revised:
    when = datetime.fromtimestamp(at, UTC)
    return Revised(before["metadata"]["name"], revision, when, before, after)


def former(body: Body, *changes: Revised, counted_from: int = 1) -> tuple[Former, ...]:
    (compiled,) = compile_catalogue([body], revision=9, counted_from={}).slos
    pairs = {(compiled.name, one.key): counted_from for one in compiled.indicators()}
    catalogue = compile_catalogue([body], revision=9, counted_from=pairs, revised=changes)
    return catalogue.slos[0].objectives[0].former


def test_a_target_that_was_changed_is_known_until_when_it_was_in_force() -> None:
    first, second, third = promised(0.9), promised(0.95), promised(0.99)
    changes = revised(2, first, second), revised(5, second, third, at=SECOND + 100)
    assert former(third, *changes) == (
        Former(Decimal("0.9"), SECOND),
        Former(Decimal("0.95"), SECOND + 100),
    )


def test_the_bucket_in_which_it_changed_is_counted_by_the_former_target() -> None:
    first, second = promised(0.9), promised(0.95)
    for at in (SECOND + 0.4, SECOND + 3, SECOND + 10):
        assert former(second, revised(2, first, second, at=at))[0].until == SECOND + 10


def test_a_change_of_anything_else_is_no_version() -> None:
    first, second = promised(0.9), promised(0.9, **{"spec.description": "other words"})
    assert former(second, revised(2, first, second)) == ()


def test_what_was_promised_of_something_else_is_forgotten() -> None:
    first, second, third = promised(0.9), promised(0.95), promised(0.99)
    changes = revised(2, first, second), revised(5, second, third)
    assert former(third, *changes, counted_from=5) == ()
    assert len(former(third, *changes, counted_from=2)) == 1


def test_another_method_counts_something_else() -> None:
    method = {"spec.budgetingMethod": "Timeslices", "spec.objectives[0].timeSliceTarget": 0.9}
    method["spec.objectives[0].timeSliceWindow"] = "1m"
    first, second, third = promised(0.9), promised(0.95), promised(0.95, **method)
    assert former(third, revised(2, first, second), revised(3, second, third)) == ()
