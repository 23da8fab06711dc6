"""A command is imported when somebody calls it: none waits for the imports of the others."""

from collections import UserDict
from importlib import import_module
from keyword import iskeyword
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

COMMANDS = (
    "validate",
    "fmt",
    "explain",
    "schema",
    "diff",
    "apply",
    "delete",
    "history",
    "export",
    "status",
    "send",
    "up",
    "try",
    "get",
    "agreement",
    "acknowledge",
    "silence",
    "notify",
    "topics",
    "db",
    "token",
)


class LazyCommands(TyperGroup):
    """The commands of `COMMANDS`, each by its name from the module of its name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _Imported(dict.fromkeys(COMMANDS))


class _Imported(UserDict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        if name not in self.data:
            raise KeyError(name)
        return command_of(name)


def command_of(name: str) -> Any:
    """Import and return a command, or a group of them, by its name."""
    attribute = f"{name}_" if iskeyword(name) else name
    found: Any = getattr(import_module(f"leeway.{attribute}"), attribute)
    if isinstance(found, typer.Typer):
        return get_group(found)
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    return get_command(single)
