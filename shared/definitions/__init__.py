"""OpenSLO documents, our own kinds and the query language."""
