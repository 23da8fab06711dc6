"""The leeway command."""
