"""Counters, windows and the fold of the counts log. Pure: no I/O, no clock."""
