"""Decides when a probe reports: at a change, and now and then as a sign of life."""

from dataclasses import dataclass

SIGN_OF_LIFE = 300.0  # seconds


@dataclass(slots=True)
class Reporter:
    """Remembers what it reported last."""

    service: str
    probe: str
    up: bool | None = None
    reported_at: float = 0.0

    def report(self, now: float, *, up: bool) -> dict[str, object] | None:
        """Return the event to send after a look at `now`, None when there is nothing to say."""
        if up is self.up and now - self.reported_at < SIGN_OF_LIFE:
            return None
        self.up, self.reported_at = up, now
        return {"ts": now, "service": self.service, "probe": self.probe, "up": up}
