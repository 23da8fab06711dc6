"""What all kinds share: apiVersion, kind, and metadata with labels and annotations."""

from shared.definitions.rule import dns_label, items, long_name, matches, max_length, one_of
from shared.definitions.shape import Check, Field, KindName, MapOf, Mode, Struct, Text, Texts

DESCRIPTION = Field("description", Text(), checks=(max_length(1050),))

_LABEL_KEY = r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_DOMAIN = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*"

LABEL_KEYS: tuple[Check, ...] = (
    matches(
        _LABEL_KEY,
        "is no label: at most 63 letters, digits and - . _, beginning and ending with a letter "
        "or digit",
    ),
)
ANNOTATION_KEYS: tuple[Check, ...] = (
    matches(
        r"(.{0,253}/)?.{0,63}", "is too long: at most 253 characters before the / and 63 after"
    ),
    matches(
        f"({_DOMAIN}/)?{_LABEL_KEY}",
        "is no annotation: a name of letters, digits and - . _, after a domain and / if any",
    ),
)

METADATA = Struct(
    (
        Field(
            "name",
            Text(),
            required=Mode.BOTH,
            checks=(dns_label(Mode.STRICT), long_name(Mode.DEFAULT)),
        ),
        Field("displayName", Text(), omit_empty=True, checks=(max_length(63, Mode.STRICT),)),
        Field("labels", MapOf(Texts(), LABEL_KEYS)),
        Field("annotations", MapOf(Text(), ANNOTATION_KEYS)),
    )
)

METADATA_FIELD = Field("metadata", METADATA, required=Mode.BOTH)


def definition(
    api_version: str,
    kind: str,
    spec: Struct,
    *,
    metadata: Field = METADATA_FIELD,
    spec_required: Mode = Mode.DEFAULT,
) -> Struct:
    """Return the table of a kind of definition."""
    return Struct(
        (
            Field("apiVersion", Text(), required=Mode.BOTH, checks=(one_of(api_version),)),
            Field("kind", KindName(), required=Mode.BOTH, checks=(one_of(kind),)),
            metadata,
            Field("spec", spec, required=spec_required),
        )
    )


def in_place(kind: str, spec: Struct, metadata: Field = METADATA_FIELD) -> Struct:
    """Return the table of a definition written inside another one."""
    return Struct(
        (
            Field("kind", KindName(), required=Mode.BOTH, checks=(one_of(kind),)),
            metadata,
            Field("spec", spec, required=Mode.BOTH),
        )
    )


ONE_ITEM = items(1, 1)
