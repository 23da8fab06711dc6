"""Things to try Leeway with."""
