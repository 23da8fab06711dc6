"""Checks one document by itself: its version and kind, its form, and the rules of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.definitions.advice import nearest
from shared.definitions.decode import Decoder
from shared.definitions.document import Document
from shared.definitions.kind import DEFAULT_VERSIONS, STRICT_VERSIONS
from shared.definitions.path import PropertyPath
from shared.definitions.shape import Finding, Mode, Struct
from shared.definitions.validate import MISSING, validate
from shared.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class Formed:
    """A document without what has not the form of its kind, and what was wrong by itself.

    `document` is None when nothing can be said about it beyond that.
    """

    document: Document | None
    problems: tuple[Problem, ...]
    places: tuple[PropertyPath, ...] = ()


def check_form(document: Document, *, strict: bool) -> Formed:
    """Return everything that is wrong with a document by itself.

    In strict mode, as in the reference tool, a document that cannot be decoded is not looked at
    any further.
    """
    shape = _shape_of(document, strict=strict)
    if isinstance(shape, Finding):
        return Formed(None, (document.problem(shape.path, shape.message),))
    decoder = Decoder(strict=strict)
    decoded = decoder.decode(document.body, shape)
    findings = list(decoder.findings)
    if not (strict and findings):
        wrong = tuple(finding.path for finding in findings)
        mode = Mode.STRICT if strict else Mode.DEFAULT
        findings.extend(
            finding
            for finding in validate(decoded, shape, mode)
            if not _is_within(finding.path, wrong)
        )
    return Formed(
        replace(document, body=decoded) if findings else document,
        tuple(document.problem(finding.path, finding.message) for finding in findings),
        tuple(finding.path for finding in findings),
    )


def _shape_of(document: Document, *, strict: bool) -> Struct | Finding:
    versions = STRICT_VERSIONS if strict else DEFAULT_VERSIONS
    kinds = versions.get(document.api_version)
    if kinds is None:
        return Finding(("apiVersion",), _unknown(document.api_version, tuple(versions)))
    shape = kinds.get(document.kind)
    if shape is None:
        return Finding(("kind",), _unknown_kind(document, versions))
    return shape


def _unknown_kind(document: Document, versions: Mapping[str, Mapping[str, Struct]]) -> str:
    for version, kinds in versions.items():
        if document.kind in kinds:
            wrong = f"{document.kind!r} is no kind of {document.api_version}"
            return f"{wrong}; write apiVersion: {version}"
    return _unknown(document.kind, tuple(versions[document.api_version]))


def _unknown(given: str, known: tuple[str, ...]) -> str:
    if not given:
        return f"{MISSING}; known are {', '.join(known)}"
    if meant := nearest(given, known):
        return f"{given!r} is not known; did you mean {meant!r}?"
    return f"{given!r} is not known; known are {', '.join(known)}"


def _is_within(path: PropertyPath, wrong: tuple[PropertyPath, ...]) -> bool:
    """Whether a finding may only repeat that a value, or a property of it, has the wrong form."""
    return any(path[: len(other)] == other or path == other[:-1] for other in wrong)
