"""Which alerts the silences in force keep from being told."""

from services.evaluator.domain.alert import Alert
from shared.domain.silence import Silence


class Quiet:
    """Asks each alert's labels once for as long as the silences in force are the same."""

    def __init__(self) -> None:
        self._silences: tuple[Silence, ...] = ()
        self._covered: dict[str, bool] = {}  # by the alert's id

    def go_by(self, silences: tuple[Silence, ...]) -> None:
        """Go by the silences that are in force now."""
        if silences != self._silences:
            self._silences = silences
            self._covered.clear()

    def covers(self, alert: Alert) -> bool:
        """Tell whether nobody is to be told of an alert."""
        if not self._silences:
            return False
        covered = self._covered.get(alert.id)
        if covered is None:
            labels = alert.labels
            covered = any(silence.covers(labels) for silence in self._silences)
            self._covered[alert.id] = covered
        return covered

    def forget(self, alert: Alert) -> None:
        """Forget an alert: it is over, or its labels change."""
        self._covered.pop(alert.id, None)
