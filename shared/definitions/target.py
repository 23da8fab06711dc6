"""Notification targets: what their annotations mean, and what is wrong with them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from shared.definitions.annotation import ADDRESSES
from shared.definitions.found import Found
from shared.definitions.library import Body, Library, annotations_of, name_of, spec_of
from shared.definitions.own.annotation import PREFIX
from shared.definitions.part import Part
from shared.domain.target import File, Target, TargetKind, Value, Variable, Written, lacking
from shared.settings import KNOWN, SECRETS
from shared.settings import PREFIX as SETTINGS

KIND = "AlertNotificationTarget"

_SECRETS = ("secret", "routing-key", "api-key")
_BY_ANNOTATION = {
    "routing-key": TargetKind.PAGERDUTY,
    "api-key": TargetKind.OPSGENIE,
    "to": TargetKind.EMAIL,
    "url": TargetKind.WEBHOOK,
}
_SCHEMES = {TargetKind.EMAIL: ("smtp", "smtps")}
_ELSEWHERE = "put it into an environment variable and name that in leeway/url-env"
_SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


def notification_target(body: Body) -> Target:
    """Return the target that a document (or an inline object) describes."""
    own = _own(body)
    return Target(
        name=name_of(body),
        kind=_kind(body, own),
        url=_value(own, "url"),
        secret=next((v for name in _SECRETS if (v := _value(own, name)) is not None), None),
        to=tuple(address.strip() for address in own.get("to", "").split(",") if address.strip()),
        sender=own.get("from"),
        user=own.get("user"),
        description=spec_of(body).get("description"),
    )


def targets_in(library: Library) -> dict[str, Target]:
    """Return every target by name: those of policies that are written in place, and documents."""
    found: dict[str, Target] = {}
    for kind in ("AlertPolicy", "SLO"):
        for _, body in library.all(kind):
            for policy in (body,) if kind == "AlertPolicy" else _policies(body):
                for entry in spec_of(policy).get("notificationTargets") or ():
                    if entry.get("targetRef") is None:
                        found[name_of(entry)] = notification_target(entry)
    return found | {name: notification_target(body) for name, body in library.all(KIND)}


def check_target(part: Part, found: Found) -> None:
    """Note what keeps a target from being notified, and secrets that were written down."""
    if part.kind != KIND:
        return
    own = _own(part.body)
    _check_places(part, own, found)
    if not any(key in own for key in ADDRESSES):
        wanted = ", ".join(PREFIX + key for key in ADDRESSES)
        message = f"alerts are recorded, not sent; give one of {wanted}"
        found.warn(part, ("metadata",), f"says nowhere where to send to: {message}")
        return
    target = notification_target(part.body)
    if (what := lacking(target)) is not None:
        found.warn(
            part, ("metadata",), f"alerts are recorded, not sent: {target.kind} needs {what}"
        )
    if isinstance(target.url, Written) and target.kind is not None:
        for message in _wrong_with(target.url.text, target.kind):
            found.error(part, ("metadata", "annotations", PREFIX + "url"), message)


def _check_places(part: Part, own: dict[str, str], found: Found) -> None:
    for name in ("url", *_SECRETS):
        ways = [way for way in (name, f"{name}-env", f"{name}-file") if way in own]
        if len(ways) > 1:
            message = f"is given twice, by {' and '.join(PREFIX + way for way in ways)}"
            found.error(part, ("metadata", "annotations", PREFIX + ways[-1]), message)
        variable = own.get(f"{name}-env")
        if variable in KNOWN:
            message = f"{variable} is a setting of Leeway's own; name a variable of the receiver's"
            found.error(part, ("metadata", "annotations", f"{PREFIX}{name}-env"), message)
        elif variable is not None and _looks_like_a_setting(variable):
            message = (
                f"{variable} would keep every command of Leeway from starting, as a misspelt "
                f"setting does; give the variable a name that begins with {SECRETS}"
            )
            found.error(part, ("metadata", "annotations", f"{PREFIX}{name}-env"), message)


def _looks_like_a_setting(variable: str) -> bool:
    return variable.startswith(SETTINGS) and not variable.startswith(SECRETS)


def _wrong_with(text: str, kind: TargetKind) -> Iterator[str]:
    if kind is TargetKind.APPRISE:
        yield f"the URLs of Apprise hold passwords and tokens: {_ELSEWHERE}"
        return
    schemes = _SCHEMES.get(kind, ("http", "https"))
    for url in addresses(text):
        try:
            parts = urlsplit(url)
        except ValueError:
            yield f"{url!r} is no URL"
            continue
        if parts.scheme not in schemes or not parts.hostname:
            yield f"{url!r} is no URL that begins with {' or '.join(f'{s}://' for s in schemes)}"
        if parts.password is not None:
            yield "holds a password; give leeway/user and leeway/secret-env instead"
        if parts.hostname in _SLACK_HOSTS:
            yield f"whoever knows the URL of a Slack webhook can post to its channel: {_ELSEWHERE}"


def addresses(text: str) -> list[str]:
    """Return the URLs of a comma separated list."""
    return [url.strip() for url in text.split(",") if url.strip()]


def _own(body: Body) -> dict[str, str]:
    return {
        key.removeprefix(PREFIX): value
        for key, value in annotations_of(body).items()
        if key.startswith(PREFIX)
    }


def _kind(body: Body, own: dict[str, str]) -> TargetKind | None:
    if not any(key in own for key in ADDRESSES):
        return None
    named = (own.get("type"), str(spec_of(body).get("target") or "").lower())
    for name in named:
        if name in set(TargetKind):
            return TargetKind(name)
    for annotation, kind in _BY_ANNOTATION.items():
        if any(way in own for way in (annotation, f"{annotation}-env", f"{annotation}-file")):
            return kind
    return None


def _value(own: dict[str, str], name: str) -> Value | None:
    if name == "url" and "url" in own:
        return Written(own["url"])
    if f"{name}-env" in own:
        return Variable(own[f"{name}-env"])
    return File(own[f"{name}-file"]) if f"{name}-file" in own else None


def _policies(slo: Body) -> list[Body]:
    entries = spec_of(slo).get("alertPolicies") or ()
    return [entry for entry in entries if entry.get("alertPolicyRef") is None]
