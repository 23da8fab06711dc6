"""Definitions that change: what each revision of them comes to, as the api would compile it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.api.catalogue import Definitions, compiled
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import document_of
from shared.definitions.former import Revised
from shared.sql.definitions import Stored

Documents = Sequence[dict[str, Any]]


@dataclass
class Law:
    """The definitions in force, their revision, and what they were."""

    documents: Documents = ()
    revision: int = 0
    _counted_from: dict[tuple[str, str], int] = field(default_factory=dict)
    _revised: list[Revised] = field(default_factory=list)

    def change(self, documents: Documents, at: int) -> Definitions:
        """Make these the definitions; what is counted already goes on."""
        self.revision += 1
        moment = datetime.fromtimestamp(at, UTC)
        before = {one["metadata"]["name"]: one for one in self.documents if one["kind"] == "SLO"}
        for one in documents:
            old = before.get(one["metadata"]["name"])
            if old not in (None, one):
                name = one["metadata"]["name"]
                self._revised.append(Revised(name, self.revision, moment, old, one))
        self.documents = documents
        bodies = tuple(document_of(one).body for one in documents)
        slos = compile_catalogue(bodies, revision=self.revision, counted_from={}).slos
        counted = [(slo.name, one.key) for slo in slos for one in slo.indicators()]
        self._counted_from = {pair: self._counted_from.get(pair, self.revision) for pair in counted}
        return compiled(
            Stored(self.revision, bodies, self._counted_from, revised=tuple(self._revised))
        )
