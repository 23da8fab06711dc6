"""What stands behind the command of a service: nothing, or the question what it reads."""

import sys
from typing import NoReturn

from pydantic_core import PydanticUndefined

from shared.settings import PREFIX, USAGE_EXIT, ServiceSettings


def take_no_arguments(name: str, kind: type[ServiceSettings]) -> None:
    """Go on when there are no arguments; `--help` is answered, all others end with exit code 2."""
    given = sys.argv[1:]
    if not given:
        return
    if {"-h", "--help"} & set(given):
        _help(name, kind)
    sys.stderr.write(
        f"leeway: {name} takes no arguments, but {given[0]!r} was given;"
        " settings are environment variables, `--help` lists them\n"
    )
    raise SystemExit(USAGE_EXIT)


def _help(name: str, kind: type[ServiceSettings]) -> NoReturn:
    lines = [f"Usage: python -m services.{name}", "", "Settings are environment variables:"]
    width = len(PREFIX) + max(map(len, kind.model_fields))
    for field, about in sorted(kind.model_fields.items()):
        known = "required" if about.default is PydanticUndefined else _shown(about.default)
        lines.append(f"  {(PREFIX + field.upper()).ljust(width)}  {known}".rstrip())
    sys.stdout.write("\n".join(lines) + "\n")
    raise SystemExit(0)


def _shown(default: object) -> str:
    return "" if default is None else str(default)
