"""Which kinds of definitions exist, by the version that defines them."""

from shared.definitions.openslo import v1, v1alpha, v2alpha
from shared.definitions.own import v1 as own
from shared.definitions.shape import Struct

DEFAULT_VERSIONS: dict[str, dict[str, Struct]] = {
    v1.API_VERSION: v1.KINDS,
    own.API_VERSION: own.KINDS,
}
"""What Leeway itself reads."""

KINDS: tuple[str, ...] = tuple(kind for kinds in DEFAULT_VERSIONS.values() for kind in kinds)
"""Every kind that Leeway reads."""

STRICT_VERSIONS: dict[str, dict[str, Struct]] = {
    v1.API_VERSION: v1.KINDS,
    v1alpha.API_VERSION: v1alpha.KINDS,
    v2alpha.API_VERSION: v2alpha.KINDS,
}
"""What the reference tool reads."""
