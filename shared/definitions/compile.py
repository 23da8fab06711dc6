"""Turns checked definitions into the catalogue that the services work with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.definitions.alerting import alert_policies
from shared.definitions.exclusion import excluding, exclusions_in
from shared.definitions.former import Revised, former_targets, since_of
from shared.definitions.library import (
    Body,
    Library,
    NotEvaluated,
    annotations_of,
    metadata_of,
    name_of,
    spec_of,
)
from shared.definitions.objective import is_composite, objectives_of, time_window
from shared.definitions.source import data_sources, sources_in
from shared.definitions.target import targets_in
from shared.definitions.terms import promised_in
from shared.domain.agreement import Promise
from shared.domain.duration import parse_duration
from shared.domain.slo import SLO, BudgetingMethod, Catalogue, DataSource

__all__ = ["compile_catalogue", "data_sources"]

DEFAULT_SILENCE = "1h"
"""How long the last verdict of a silent reporter is carried."""


def compile_catalogue(
    bodies: Sequence[dict[str, Any]],
    *,
    revision: int,
    counted_from: Mapping[tuple[str, str], int],
    promises: Mapping[str, Sequence[Promise]] | None = None,
    revised: Sequence[Revised] = (),
) -> Catalogue:
    """Return the catalogue of a set of definitions that passed the checks.

    `promises` are those of agreements by name, the ones that count most first. `revised` are the
    changes that were made to SLOs, as far back as windows reach.
    Never raises for an SLO that cannot be evaluated: it is named in `not_evaluated`.
    """
    library = Library(bodies)
    sources = sources_in(library)
    exclusions = exclusions_in(library)
    slos: list[SLO] = []
    not_evaluated: dict[str, str] = {}
    changes: dict[str, list[Revised]] = defaultdict(list)
    for change in revised:
        changes[change.name].append(change)
    for name, body in library.all("SLO"):
        try:
            slo = excluding(compile_slo(body, library, sources), exclusions)
            slos.append(_with_former(slo, changes[name], counted_from) if changes[name] else slo)
        except NotEvaluated as reason:
            not_evaluated[name] = str(reason)
    return Catalogue(
        revision=revision,
        slos=tuple(slos),
        services={
            name: metadata_of(body).get("displayName") for name, body in library.all("Service")
        },
        counted_from=dict(counted_from),
        not_evaluated=not_evaluated,
        promised=promised_in(promises or {}, slos),
        targets=targets_in(library),
    )


def compile_slo(body: Body, library: Library, sources: Mapping[str, DataSource]) -> SLO:
    """Return one SLO with everything it refers to; raises NotEvaluated."""
    spec, metadata = spec_of(body), metadata_of(body)
    service = str(spec.get("service") or "")
    own = annotations_of(body)
    known = {**annotations_of(library.get("Service", service) or {}), **own}
    silence = parse_duration(own.get("leeway/silence-after", DEFAULT_SILENCE))
    return SLO(
        name=name_of(body),
        service=service,
        window=time_window(spec),
        objectives=objectives_of(body, library, sources),
        budgeting_method=BudgetingMethod(spec["budgetingMethod"]),
        policies=alert_policies(spec.get("alertPolicies") or (), library),
        display_name=metadata.get("displayName"),
        description=spec.get("description"),
        composite=is_composite(spec),
        no_data=own.get("leeway/no-data", "exclude"),
        silence_after=silence.seconds if silence else 3600,
        owner=known.get("leeway/owner"),
        runbook=known.get("leeway/runbook"),
        labels={key: _label(value) for key, value in (metadata.get("labels") or {}).items()},
    )


def _with_former(
    slo: SLO, changes: Sequence[Revised], counted_from: Mapping[tuple[str, str], int]
) -> SLO:
    former = former_targets(changes, since_of(slo.name, slo.objectives, counted_from))
    objectives = (replace(one, former=tuple(former.get(one.name, ()))) for one in slo.objectives)
    return replace(slo, objectives=tuple(objectives))


def _label(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
