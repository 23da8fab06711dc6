"""All kinds of our own, version 1."""

from shared.definitions.openslo.metadata import METADATA_FIELD
from shared.definitions.own.agreement import AGREEMENT
from shared.definitions.own.exclusion import EXCLUSION
from shared.definitions.rule import one_of
from shared.definitions.shape import Field, Mode, Struct, Text

API_VERSION = "leeway/v1"


def _definition(kind: str, spec: Struct) -> Struct:
    """Return the table of a kind of ours."""
    return Struct(
        (
            Field("apiVersion", Text(), required=Mode.BOTH, checks=(one_of(API_VERSION),)),
            Field("kind", Text(), required=Mode.BOTH, checks=(one_of(kind),)),
            METADATA_FIELD,
            Field("spec", spec, required=Mode.BOTH),
        )
    )


KINDS: dict[str, Struct] = {
    "Agreement": _definition("Agreement", AGREEMENT),
    "Exclusion": _definition("Exclusion", EXCLUSION),
}
"""The table of each kind."""
