"""How events get from a file to a server or a topic."""
