"""Checks Leeway's own annotations: that they exist, stand in the right place and have a value."""

from shared.definitions.advice import nearest
from shared.definitions.found import Found
from shared.definitions.library import annotations_of
from shared.definitions.own.annotation import ANNOTATIONS, PREFIX
from shared.definitions.part import Part

ADDRESSES = (
    "url",
    "url-env",
    "url-file",
    "routing-key-env",
    "routing-key-file",
    "api-key-env",
    "api-key-file",
    "to",
)
"""Annotations of a notification target of which one must say where to."""


def check_annotations(part: Part, found: Found) -> None:
    """Note annotations of ours that do not exist, stand elsewhere, or have no such value."""
    known = ANNOTATIONS.get(part.kind, {})
    own = annotations_of(part.body)
    for key, value in own.items():
        if not key.startswith(PREFIX):
            continue
        path, name = ("metadata", "annotations", key), key.removeprefix(PREFIX)
        if name not in known:
            found.error(part, path, _unknown(name, part.kind))
        elif (message := known[name].check.test(value)) is not None:
            found.error(part, path, message)


def _unknown(name: str, kind: str) -> str:
    elsewhere = [other for other, known in ANNOTATIONS.items() if name in known]
    if elsewhere:
        return f"{PREFIX}{name} belongs on {' and '.join(elsewhere)}, not on {kind}"
    known = sorted(ANNOTATIONS.get(kind, {}))
    if meant := nearest(name, known):
        return f"there is no {PREFIX}{name}; did you mean {PREFIX}{meant}?"
    listed = ", ".join(PREFIX + key for key in known) or "no annotation of Leeway's"
    return f"there is no {PREFIX}{name}; {kind} understands {listed}"
