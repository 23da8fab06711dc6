"""Formats the text of a file, and makes sure that nothing in it was lost or changed."""

import json
from enum import StrEnum

from leeway.formatting.comment import same_comments
from leeway.formatting.order import arranged, shape_of
from leeway.formatting.yaml_form import canonical_yaml, yaml_of
from shared.definitions.document import Document
from shared.definitions.reader import read_text
from shared.domain.errors import LeewayError, Problem


class Form(StrEnum):
    """What definitions are written as."""

    YAML = "yaml"
    JSON = "json"


class Unformattable(LeewayError):
    """A text cannot be formatted; `problems` say why, where the text itself is to blame."""

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


def form_of(file: str, text: str) -> Form:
    """Return what a file is written as, by its suffix, or by its look where it has none."""
    if file.endswith((".yaml", ".yml")):
        return Form.YAML
    looks_like_json = text.lstrip()[:1] in ("{", "[")
    return Form.JSON if file.endswith(".json") or looks_like_json else Form.YAML


def formatted(text: str, file: str, form: Form) -> str:
    """Return a text in canonical form; raises Unformattable rather than change what it says."""
    documents, problems = read_text(text, file)
    if problems:
        raise Unformattable("it cannot be read", problems)
    keeps_form = form_of(file, text) is form
    if form is Form.JSON:
        result = _json(documents, is_list=text.lstrip().startswith("["))
    elif keeps_form:
        result = canonical_yaml(text.removeprefix("\ufeff"))
    else:
        result = yaml_of([_arranged(document) for document in documents])
    if result == text:
        return text
    _check_same(documents, result, f"it.{form}", file)
    if keeps_form and form is Form.YAML:
        _check_comments(text, result)
    return result


def _json(documents: list[Document], *, is_list: bool) -> str:
    bodies = [_arranged(document) for document in documents]
    value = bodies[0] if len(bodies) == 1 and not is_list else bodies
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _arranged(document: Document) -> object:
    return arranged(document.body, shape_of(document.api_version, document.kind))


def _check_same(documents: list[Document], result: str, name: str, file: str) -> None:
    again, problems = read_text(result, name)
    before = [json.dumps(document.body, sort_keys=True) for document in documents]
    after = [json.dumps(document.body, sort_keys=True) for document in again]
    if problems or before != after:
        raise Unformattable(f"{file}: formatting would change what it says; left as it is", [])


def _check_comments(text: str, result: str) -> None:
    if not same_comments(text, result):
        raise Unformattable("formatting would lose a comment; left as it is", [])
