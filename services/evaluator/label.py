"""Labels in Prometheus's text format."""


def escaped(text: str) -> str:
    """Return the text as it stands inside a label's quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
