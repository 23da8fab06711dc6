"""Chunks, classes and sessions. Pure: no I/O, no clock."""
