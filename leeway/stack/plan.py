"""What a local stack is asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of `leeway up`."""

    data: Path
    port: int
    definitions: tuple[Path, ...] = ()
    demo: bool = False
    database: str | None = None  # a URL; none: in the data folder
