"""The kinds of definitions, as requests name them."""

from difflib import get_close_matches

from shared.definitions.kind import KINDS
from shared.domain.errors import LeewayError


class UnknownKind(LeewayError):
    """There are no definitions of this kind."""

    def __init__(self, kind: str) -> None:
        close = get_close_matches(kind.lower(), _NAMES, n=1)
        advice = f"did you mean {_NAMES[close[0]]}?" if close else f"there are {', '.join(KINDS)}"
        super().__init__(f"there is no kind {kind!r}: {advice}")


_NAMES = {kind.lower(): kind for kind in KINDS}


def known_kind(kind: str) -> str:
    """Return the kind; raises UnknownKind, with the likeliest one or with all."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    return kind


def kind_to_list(kind: str) -> str:
    """Return the kind that a list is narrowed to; raises ValueError, as validators must."""
    try:
        return known_kind(kind)
    except UnknownKind as error:
        raise ValueError(str(error)) from error
