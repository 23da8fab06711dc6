"""Keeps windows over the counts, evaluates objectives and runs the alerts."""
