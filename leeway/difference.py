"""What a change does to a definition, as people compare texts: lines that go, lines that come."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from typing import Any

from rich.markup import escape

from leeway.terminal import yaml_text

Body = dict[str, Any]

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def difference(name: str, before: Body | None, after: Body | None) -> list[str]:
    """Return the lines of a unified diff of two documents as YAML, none where there is none."""
    return list(
        unified_diff(
            _lines(before),
            _lines(after),
            f"{name} before" if before is not None else "nothing",
            f"{name} after" if after is not None else "nothing",
            lineterm="",
        )
    )


def differences(changes: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the differences of changes, as the api answers them."""
    for change in changes:
        name = f"{change['kind']}/{change['name']}"
        yield from difference(name, change["before"], change["after"])


def painted(line: str) -> str:
    """Return a line of a difference as markup: green comes, red goes."""
    style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1])
    return f"[{style}]{escape(line)}[/]" if style else escape(line)


def _lines(body: Body | None) -> list[str]:
    return [] if body is None else yaml_text(body).splitlines()
