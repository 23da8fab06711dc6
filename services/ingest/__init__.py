"""Turns events into exact counts."""
