"""The kinds of definitions that the standard lacks, as tables."""
