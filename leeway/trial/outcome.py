"""What a trial came to: the statuses as they would be over HTTP."""

from typing import Any

from leeway.trial.simulation import SHARDS, STALE_AFTER
from services.api.board import Board
from services.api.catalogue import Definitions
from services.api.figures import ShardFigures
from services.api.overview import Overview
from services.api.status import Clock
from shared.snapshot import Snapshot


def statuses(definitions: Definitions, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return where every SLO stands by these figures, as plain JSON values, by name."""
    board = Board(SHARDS, {0: ShardFigures(snapshot)})
    overview = Overview(definitions, board, Clock(snapshot.at, STALE_AFTER))
    return [overview.status(entry.name).model_dump(mode="json") for entry in overview.entries]
