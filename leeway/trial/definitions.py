"""The definitions of a trial, as if they had been applied to an empty server."""

from collections.abc import Sequence

from services.api.catalogue import Definitions, compiled
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import Document
from shared.sql.definitions import Stored

REVISION = 1


def defined(documents: Sequence[Document]) -> Definitions:
    """Return what these documents define, all of it from the first revision on."""
    bodies = tuple(document.body for document in documents)
    catalogue = compile_catalogue(bodies, revision=REVISION, counted_from={})
    counted = [(slo.name, one.key) for slo in catalogue.slos for one in slo.indicators()]
    return compiled(Stored(REVISION, bodies, dict.fromkeys(counted, REVISION)))
