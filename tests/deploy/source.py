"""Where the files that are deployed lie, and the small readers that several tests need."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "leeway"


def copied_into_the_build() -> list[str]:
    """Return the files and folders that the Dockerfile's first stage copies from the sources."""
    text = (DEPLOY / "Dockerfile").read_text().split("\nFROM ")[1]
    return [
        source.rstrip("/")
        for arguments in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE)
        for source in arguments.split()[:-1]
    ]
