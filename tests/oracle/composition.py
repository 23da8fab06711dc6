"""Lets the product and the oracle judge a composite: parts with budgets of their own, as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.oracle import composite
from tests.oracle.alert import Condition, Look, look_at_burn
from tests.oracle.case import Case, Promise, seconds
from tests.oracle.comparison import STANDARD, Json, Judge, same
from tests.oracle.event import Indicator
from tests.oracle.exclusion import NEVER
from tests.oracle.promise import Objective
from tests.oracle.state import worst

TOGETHER = "all parts"


@dataclass(frozen=True)
class PartPromise(Promise):
    """One objective of a composite: the requests of one tenant."""

    tenant: str = "a"

    @property
    def indicator(self) -> Indicator:
        whole = super().indicator
        return replace(
            whole,
            total=lambda fields: whole.total(fields) and fields.get("tenant") == self.tenant,
        )

    @property
    def part(self) -> dict[str, Any]:
        """The objective with its indicator as a document has it."""
        spec = super().document["spec"]
        ratio = spec["indicator"]["spec"]["ratioMetric"]
        for side in ("good", "total"):
            query = ratio[side]["metricSource"]["spec"]
            query["query"] += f" && tenant == '{self.tenant}'"
        spec["indicator"]["metadata"]["name"] = f"sli-{self.tenant}"
        promised: dict[str, Any] = spec["objectives"][0]
        return promised | {"displayName": self.tenant, "indicator": spec["indicator"]}


@dataclass(frozen=True)
class Composition(Case):
    """A case of parts that share a window, a method and policies, and their weights."""

    parts: Sequence[PartPromise] = ()
    weights: Sequence[str] = ()

    def documents(self, at: int = NEVER) -> list[dict[str, Any]]:
        """The document; nothing about it changes."""
        whole = self.parts[0].document
        del whole["spec"]["indicator"]
        whole["spec"]["objectives"] = [
            part.part | {"compositeWeight": float(weight)}
            for part, weight in zip(self.parts, self.weights, strict=True)
        ]
        return [whole]

    @property
    def is_joint(self) -> bool:
        """Whether its policies judge the parts together (docs/alerts.md)."""
        return self.promise.method == "Occurrences" and bool(self.promise.rules)


class Together(Judge):
    """The oracle's opinion on the alerts of all parts as one."""

    def __init__(self, case: Composition) -> None:
        super().__init__(case)
        self.parts = [Apart(case, part, self) for part in case.parts]
        self.weights = case.weights
        self.is_joint = case.is_joint

    def seen_at(self, at: int) -> list[composite.Part]:
        """What is known of all parts at a tick."""
        pairs = zip(self.parts, self.weights, strict=True)
        return [composite.Part(one.objective, one.seen(at), Fraction(w)) for one, w in pairs]

    def look(self, condition: Condition, at: int) -> Look:
        """What a tick sees of a condition."""
        return look_at_burn(composite.Joint(self.seen_at(at)), condition)

    def conditions(self, objective: Objective) -> dict[str, Condition]:
        """The conditions about all parts, by name."""
        found = super().conditions(objective) if self.is_joint else {}
        return {name: one for name, one in found.items() if not one.no_data}

    def compare_composite(self, said: Json) -> None:
        """Fail where the figures of all parts together are others."""
        parts = self.seen_at(self.case.last)
        silent = [self.parts[number].name for number in composite.without_data(parts)]
        assert said["without_data"] == silent
        match self.case.promise.method:
            case "Occurrences":
                same(said["consumed_ratio"], composite.consumed(parts))
                for text in STANDARD:
                    same(said["burn_rates"][text], composite.burn_rate(parts, seconds(text)))
            case "Timeslices":
                same(said["sli"], composite.joint_sli(parts))
            case _:
                same(said["sli"], composite.ratio_sli(parts))


class Apart(Judge):
    """The oracle's opinion on one part; alerts of all parts stand beside its own."""

    def __init__(self, case: Composition, part: PartPromise, together: Together) -> None:
        super().__init__(replace(case, promise=part))
        self.name = part.tenant
        self._together = together

    def conditions(self, objective: Objective) -> dict[str, Condition]:
        """The conditions about this part alone, by name."""
        found = super().conditions(objective)
        if not self._together.is_joint:
            return found
        return {name: one for name, one in found.items() if one.no_data}

    @cached_property
    def standing(self) -> dict[str, str]:
        """How the alert of each condition stands."""
        return self._together.standing | super().stood(self.case.last)


def compare(case: Composition, found: Sequence[Json], fired: Sequence[Json]) -> None:
    """Fail where statuses or alerts say something else than the oracle."""
    (status,) = found
    together = Together(case)
    together.compare_alerts([one for one in fired if one["objective"] == TOGETHER])
    for part, said in zip(together.parts, status["objectives"], strict=True):
        part.compare(said)
        part.compare_alerts([one for one in fired if one["objective"] == part.name])
    assert status["state"] == worst([part.state for part in together.parts])
    together.compare_composite(status["composite"])
