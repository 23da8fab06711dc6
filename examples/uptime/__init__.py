"""A probe that reports changes: uptime as a state that lasts until the next report."""
