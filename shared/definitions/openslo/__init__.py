"""The kinds of OpenSLO as tables: which properties each has, and what they must satisfy."""
