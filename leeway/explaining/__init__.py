"""What `leeway explain` says: the figures behind an SLO, and their wording."""
