"""Serves status, definitions and pages over HTTP."""
