"""Saying once, not a thousand times, that something does not work for now."""

import structlog

log = structlog.get_logger(__name__)


class Complaints:
    """Logs the beginning, every change and the end of one kind of trouble."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self.text = ""  # what does not work now; empty while all does

    def about(self, error: Exception) -> None:
        """Note that it fails."""
        text = f"{self._doing}: {error}"
        if text != self.text:
            log.warning("trouble", doing=self._doing, cause=str(error))
        self.text = text

    def over(self) -> None:
        """Note that it works."""
        if self.text:
            log.info("trouble is over", doing=self._doing)
        self.text = ""
