"""The canonical form of a YAML text."""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from leeway.formatting.block import ordered
from leeway.formatting.comment import realigned, same_comments
from leeway.formatting.order import child_of, in_order, item_of, shape_of
from shared.definitions.shape import Shape

_NULL = Tag(suffix="tag:yaml.org,2002:null")
_WIDEST = 1_000_000  # never breaks a line


class _Words(VersionedResolver):
    """Takes every unquoted word for a text, so that it is written as it was read."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag of a node without one."""
        if kind is ScalarNode and implicit[0]:
            return self.DEFAULT_SCALAR_TAG if value else _NULL
        return super().resolve(kind, value, implicit)


def canonical_yaml(text: str) -> str:
    """Return a YAML text in its canonical form: keys in order, two spaces a level.

    Documents that hold nothing are left out; a text of nothing but those stays as it is. Where the
    YAML library would lose a comment, as between braces, the keys are put in order and no more.
    """
    moved = ordered(text)
    written = _rewritten(moved)
    return written if same_comments(written, moved) else moved


def _rewritten(text: str) -> str:
    """Return what the YAML library writes for a text, the keys inside braces in order as well."""
    yaml = _round_trip()
    documents = [document for document in yaml.load_all(text) if document is not None]
    if not documents:
        return text
    for document in documents:
        for body in document if isinstance(document, list) else [document]:
            if isinstance(body, dict):
                _arrange(body, shape_of(body.get("apiVersion"), body.get("kind")))
    written = io.StringIO()
    yaml.dump_all(documents, written)
    return realigned(written.getvalue(), text).strip("\n") + "\n"


def yaml_of(bodies: list[Any]) -> str:
    """Return plain JSON values as YAML documents."""
    yaml = YAML(typ="rt", pure=True)
    _lay_out(yaml)
    written = io.StringIO()
    yaml.dump_all(bodies, written)
    return written.getvalue()


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver = _Words
    yaml.preserve_quotes = True
    yaml.allow_duplicate_keys = True
    _lay_out(yaml)
    return yaml


def _lay_out(yaml: YAML) -> None:
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = _WIDEST


def _arrange(value: Any, shape: Shape | None) -> None:
    """Order the keys inside braces, which stand on lines together; comments there stay put."""
    if isinstance(value, dict):
        for key in value:
            _arrange(value[key], child_of(shape, str(key)))
        if isinstance(value, CommentedMap) and value.fa.flow_style() and not value.ca.items:
            for key in in_order(list(value), shape):
                value.move_to_end(key)
    elif isinstance(value, list):
        for item in value:
            _arrange(item, item_of(shape))
