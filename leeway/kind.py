"""Kinds of definitions as people type them: `SLO`, `slo` and `slos` are the same."""

from difflib import get_close_matches

from leeway.exit import CommandFailed, ExitCode
from shared.definitions.kind import KINDS


def plural(kind: str) -> str:
    """Return what several of a kind are called: `AlertPolicy` are `alertpolicies`."""
    text = kind.lower()
    return f"{text[:-1]}ies" if text.endswith("y") else f"{text}s"


_NAMES = {name: kind for kind in KINDS for name in (kind.lower(), plural(kind))}


def find_kind(text: str) -> str | None:
    """Return the kind that this is a name of, in any spelling; None when there is none."""
    return _NAMES.get(text.lower())


def kind_of(text: str) -> str:
    """Return the kind that this is a name of; raises CommandFailed, with the likeliest one."""
    kind = find_kind(text)
    if kind is not None:
        return kind
    close = get_close_matches(text.lower(), _NAMES, n=1)
    meant = f"did you mean {_NAMES[close[0]]}?" if close else f"there are {', '.join(KINDS)}"
    raise CommandFailed(f"there is no kind {text!r}: {meant}", ExitCode.USAGE)


def definition_of(kind: str | None, name: str | None) -> tuple[str, str] | None:
    """Return kind and name, given as two words or as one such as `SLO/checkout`.

    None when they name no definition. Raises CommandFailed where there is no such kind.
    """
    if kind is not None and name is None:
        kind, _, name = kind.partition("/")
    return (kind_of(kind), name) if kind and name else None
