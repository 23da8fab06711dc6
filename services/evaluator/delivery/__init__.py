"""Tells the targets of alerts what happened: takes it from the outbox until it has arrived."""
