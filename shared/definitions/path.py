"""Where a property is inside a document: `spec.objectives[0].target`."""

import re

PropertyPath = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z0-9_]+")


def in_text(path: PropertyPath) -> str:
    """Return a path as people read it; keys that are no plain words are quoted in brackets."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"['{step}']")
    return "".join(parts)
