"""Leeway's own annotations: which there are, on what, and which values they take."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from shared.definitions.keyword import whole
from shared.definitions.rule import matches, one_of
from shared.definitions.shape import Check
from shared.domain.duration import parse_duration
from shared.domain.target import TargetKind

PREFIX = "leeway/"

_FIELD = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")
_MAIL_ADDRESS = re.compile(r"[^\s@<>,]+@[^\s@<>,]+")
_VARIABLE_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_FIXED_UNITS = "mhdw"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What an annotation is for, in a few words, and what its value must satisfy."""

    check: Check
    about: str


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


def _fields(value: str) -> str | None:
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if not _FIELD.fullmatch(name):
            return f"{name!r} is no field; name fields of the event, comma separated"
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"{twice!r} is named twice" if twice else None


def _variable(value: str) -> str | None:
    if re.fullmatch(_VARIABLE_NAME, value):
        return None
    return "name the environment variable that holds it; the value itself does not belong here"


def _file(value: str) -> str | None:
    parts = value.split("/")
    if value.strip() and not value.startswith("/") and ".." not in parts:
        return None
    return "name a file in the folder for secrets (LEEWAY_SECRETS_DIR), without the folder"


def _mail_addresses(value: str) -> str | None:
    for address in value.split(","):
        if not _MAIL_ADDRESS.fullmatch(address.strip()):
            return f"{address.strip()!r} is no e-mail address"
    return None


def _any_text(value: str) -> str | None:
    return None if value.strip() else "is empty"


def _saying(test: Callable[[str], str | None], pattern: str) -> Check:
    return Check(test, schema={"pattern": whole(pattern)})


_LENGTH = _saying(fixed_length, f"0*[1-9][0-9]*[{_FIXED_UNITS}]")
_LENGTH_OR_ZERO = _saying(_fixed_length_or_zero, f"[0-9]+[{_FIXED_UNITS}]")
_TEXT = Check(_any_text, schema={"pattern": r"\S"})
_FIELDS = Check(_fields)
_FILE = Check(_file)
_MAIL = Check(_mail_addresses)
_VARIABLE = _saying(_variable, _VARIABLE_NAME)
_OWNER = Annotation(_TEXT, "Who answers for it; shown in status and alerts.")
_RUNBOOK = Annotation(_TEXT, "Where it says what to do; shown in status and alerts.")

ANNOTATIONS: dict[str, dict[str, Annotation]] = {
    "AlertCondition": {
        "short-window": Annotation(_LENGTH, "A second, shorter window that must burn too: 5m."),
        "min-bad-events": Annotation(
            matches("[0-9]{1,12}", "is no whole number"),
            "With fewer bad events in the lookback window the condition does not hold.",
        ),
        "keep-firing-for": Annotation(
            _LENGTH_OR_ZERO, "How long it must be calm before an alert resolves; 0m by default."
        ),
        "budget-below": Annotation(
            matches(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?", "is no share of the budget such as 0.25"),
            "It holds only while less than this share of the error budget is left: 0.25.",
        ),
        "exhausted-within": Annotation(
            _LENGTH, "It holds only while the budget lasts no longer at the last hour's rate: 3d."
        ),
    },
    "SLO": {
        "no-data": Annotation(
            one_of("exclude", "good", "bad", "carry"),
            "What a slice without events counts as: nothing, good, bad, or as the one before.",
        ),
        "silence-after": Annotation(
            _LENGTH, "How long the last verdict of a silent reporter is carried; 1h by default."
        ),
        "owner": _OWNER,
        "runbook": _RUNBOOK,
    },
    "Service": {"owner": _OWNER, "runbook": _RUNBOOK},
    "SLI": {
        "group-by": Annotation(
            _FIELDS,
            "Fields of the event, comma separated: one series for each combination of values.",
        )
    },
    "AlertNotificationTarget": {
        "type": Annotation(
            one_of(*sorted(TargetKind)), "What it is, where spec.target does not say so already."
        ),
        "url": Annotation(_TEXT, "Where to send to."),
        "url-env": Annotation(_VARIABLE, "The environment variable that holds the URL."),
        "url-file": Annotation(_FILE, "The file of secrets that holds the URL."),
        "secret-env": Annotation(_VARIABLE, "The environment variable that holds the secret."),
        "secret-file": Annotation(_FILE, "The file of secrets that holds the secret."),
        "routing-key-env": Annotation(
            _VARIABLE, "The environment variable that holds PagerDuty's routing key."
        ),
        "routing-key-file": Annotation(
            _FILE, "The file of secrets that holds PagerDuty's routing key."
        ),
        "api-key-env": Annotation(_VARIABLE, "The environment variable that holds the API key."),
        "api-key-file": Annotation(_FILE, "The file of secrets that holds the API key."),
        "user": Annotation(_TEXT, "The name to log in with."),
        "to": Annotation(_MAIL, "E-mail addresses of the recipients, comma separated."),
        "from": Annotation(_MAIL, "The e-mail address of the sender."),
    },
}
"""What each kind understands, without the prefix."""
