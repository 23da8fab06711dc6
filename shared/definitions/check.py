"""Checks definitions: each by itself, and by default all of them together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.definitions.agreement import check_agreement
from shared.definitions.annotation import check_annotations
from shared.definitions.document import Document
from shared.definitions.exclusion import KIND as EXCLUSION
from shared.definitions.exclusion import check_exclusion
from shared.definitions.form import Formed, check_form
from shared.definitions.found import Found
from shared.definitions.kafka import check_data_source, check_metrics
from shared.definitions.library import Library
from shared.definitions.meaning import check_slo, check_written
from shared.definitions.part import Part, parts_of
from shared.definitions.ratio import check_ratio
from shared.definitions.reference import check_references
from shared.definitions.source import sources_in
from shared.definitions.target import check_target
from shared.definitions.threshold import check_condition, check_policy
from shared.domain.errors import Problem

_AFFECTS_SLOS = frozenset(
    {"SLI", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"}
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Documents and everything that was found about them, in the order of the documents."""

    documents: tuple[Document, ...]
    errors: tuple[Problem, ...] = field(default=())
    warnings: tuple[Problem, ...] = field(default=())


def check(
    documents: Sequence[Document],
    *,
    strict: bool = False,
    known: Sequence[Document] = (),
    today: date | None = None,
) -> Checked:
    """Return what is wrong with these documents, all at once.

    `known` are definitions in force: they answer references, and a document that takes the place
    of one of them must not break an SLO among the others. Strict mode gives the verdict of the
    reference tool, which judges each document alone. Dates are looked at when `today` is given.
    """
    found = Found()
    formed = [check_form(document, strict=strict) for document in documents]
    for one in formed:
        found.errors.extend(one.problems)
    if not strict:
        _check_together(documents, formed, known, today, found)
    return Checked(tuple(documents), tuple(found.errors), tuple(found.warnings))


def _check_together(
    documents: Sequence[Document],
    formed: Sequence[Formed],
    known: Sequence[Document],
    today: date | None,
    found: Found,
) -> None:
    _check_duplicates(documents, found)
    usable = [one.document for one in formed if one.document and not one.problems]
    given = {document.key for document in documents}
    others = [document for document in known if document.key not in given]
    library = Library(
        (document.body for document in (*others, *usable)),
        unusable=given - {document.key for document in usable},
    )
    _check_all(usable, library, found)
    _check_agreements(usable, library, today, found)
    _check_exclusions(usable, library, today, found)
    for one in formed:
        if one.document is not None and one.problems:
            _check_rest(one.document, library, found.beside(one.places))
    kinds = {document.kind for document in documents}
    if kinds & _AFFECTS_SLOS:
        slos = [document for document in others if document.kind == "SLO"]
        _check_others(slos, known, library, found)
    if "SLO" in kinds:
        agreements = [document for document in others if document.kind == "Agreement"]
        _check_others(agreements, known, library, found)


def _check_duplicates(documents: Iterable[Document], found: Found) -> None:
    first: dict[tuple[str, str], Document] = {}
    for document in documents:
        earlier = first.setdefault(document.key, document)
        if earlier is document or not document.name:
            continue
        line, _ = earlier.position()
        place = f" ({earlier.file}:{line})" if earlier.file else ""
        message = f"there is already a definition of {'/'.join(document.key)}{place}"
        found.errors.append(document.problem(("metadata", "name"), message))


def _check_all(documents: Iterable[Document], library: Library, found: Found) -> None:
    sources = sources_in(library)
    for document in documents:
        before = len(found.errors)
        for part in parts_of(document):
            _check_part(part, library, found)
        if document.kind == "SLO":
            slo = Part(document, "SLO", (), document.body)
            if len(found.errors) == before:
                check_slo(slo, library, sources, found)
            check_written(slo, library, found)


def _check_rest(document: Document, library: Library, found: Found) -> None:
    """Note what else is wrong with a document of which something has not the form it should."""
    for part in parts_of(document):
        _check_part(part, library, found)
    if document.kind == "SLO":
        check_written(Part(document, "SLO", (), document.body), library, found)


def _check_part(part: Part, library: Library, found: Found) -> None:
    check_annotations(part, found)
    check_target(part, found)
    check_references(part, library, found)
    check_data_source(part, found)
    check_metrics(part, library, found)
    check_ratio(part, library, found)
    check_policy(part, found)
    check_condition(part, found)


def _check_exclusions(
    documents: Iterable[Document], library: Library, today: date | None, found: Found
) -> None:
    for document in documents:
        if document.kind == EXCLUSION:
            check_exclusion(Part(document, EXCLUSION, (), document.body), library, today, found)


def _check_agreements(
    documents: Iterable[Document], library: Library, today: date | None, found: Found
) -> None:
    for document in documents:
        if document.kind == "Agreement":
            check_agreement(Part(document, "Agreement", (), document.body), library, today, found)


def _check_others(
    others: Sequence[Document], known: Sequence[Document], library: Library, found: Found
) -> None:
    """Note what the new definitions break in others that are in force."""
    now, before = Found(), Found()
    _check_all(others, library, now)
    _check_agreements(others, library, None, now)
    if now.errors:
        in_force = Library(document.body for document in known)
        _check_all(others, in_force, before)
        _check_agreements(others, in_force, None, before)
    found.errors.extend(problem for problem in now.errors if problem not in before.errors)
