"""Definitions tried on a file of events: production's own counting and evaluation, no server."""
