"""Leeway's own annotations: which there are, on what, and which values they take."""

import re
from collections.abc import Callable
from difflib import get_close_matches

from shared.definitions.found import Found
from shared.definitions.library import annotations_of
from shared.definitions.part import Part
from shared.domain.duration import parse_duration
from shared.domain.target import TargetKind

PREFIX = "leeway/"

Test = Callable[[str], str | None]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_FIELD = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")
_MAIL_ADDRESS = re.compile(r"[^\s@<>,]+@[^\s@<>,]+")
_FIXED_UNITS = "mhdw"


def fixed_length(value: str) -> str | None:
    """Say what is wrong with a length of time that must be longer than nothing."""
    duration = parse_duration(value, _FIXED_UNITS)
    if duration is None or duration.count == 0:
        return f"{value!r} is no length of time such as 5m, 1h or 3d"
    return None


def _fixed_length_or_zero(value: str) -> str | None:
    if parse_duration(value, _FIXED_UNITS) is None:
        return f"{value!r} is no length of time such as 0m, 5m or 1h"
    return None


def _whole_number(value: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,12}", value) else f"{value!r} is no whole number"


def _no_data(value: str) -> str | None:
    known = ("exclude", "good", "bad", "carry")
    return None if value in known else f"{value!r} is none of {', '.join(known)}"


def _fields(value: str) -> str | None:
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if not _FIELD.fullmatch(name):
            return f"{name!r} is no field; name fields of the event, comma separated"
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"{twice!r} is named twice" if twice else None


def _any_text(value: str) -> str | None:
    return None if value.strip() else "is empty"


def _variable(value: str) -> str | None:
    if _VARIABLE.fullmatch(value):
        return None
    return "name the environment variable that holds it; the value itself does not belong here"


def _file(value: str) -> str | None:
    parts = value.split("/")
    if value.strip() and not value.startswith("/") and ".." not in parts:
        return None
    return "name a file in the folder for secrets (LEEWAY_SECRETS_DIR), without the folder"


def _target_kind(value: str) -> str | None:
    known = sorted(TargetKind)
    return None if value in known else f"{value!r} is none of {', '.join(known)}"


def _mail_addresses(value: str) -> str | None:
    for address in value.split(","):
        if not _MAIL_ADDRESS.fullmatch(address.strip()):
            return f"{address.strip()!r} is no e-mail address"
    return None


ANNOTATIONS: dict[str, dict[str, Test]] = {
    "AlertCondition": {
        "short-window": fixed_length,
        "min-bad-events": _whole_number,
        "keep-firing-for": _fixed_length_or_zero,
    },
    "SLO": {
        "no-data": _no_data,
        "silence-after": fixed_length,
        "owner": _any_text,
        "runbook": _any_text,
    },
    "Service": {"owner": _any_text, "runbook": _any_text},
    "SLI": {"group-by": _fields},
    "AlertNotificationTarget": {
        "type": _target_kind,
        "url": _any_text,
        "url-env": _variable,
        "url-file": _file,
        "secret-env": _variable,
        "secret-file": _file,
        "routing-key-env": _variable,
        "routing-key-file": _file,
        "api-key-env": _variable,
        "api-key-file": _file,
        "user": _any_text,
        "to": _mail_addresses,
        "from": _mail_addresses,
    },
}
"""What each kind understands, without the prefix, and what is wrong with a value."""

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
        elif (message := known[name](value)) is not None:
            found.error(part, path, message)


def _unknown(name: str, kind: str) -> str:
    elsewhere = [other for other, known in ANNOTATIONS.items() if name in known]
    if elsewhere:
        return f"{PREFIX}{name} belongs on {' and '.join(elsewhere)}, not on {kind}"
    known = sorted(ANNOTATIONS.get(kind, {}))
    close = get_close_matches(name, known, n=1)
    if close:
        return f"there is no {PREFIX}{name}; did you mean {PREFIX}{close[0]}?"
    listed = ", ".join(PREFIX + key for key in known) or "no annotation of Leeway's"
    return f"there is no {PREFIX}{name}; {kind} understands {listed}"
