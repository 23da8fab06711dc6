"""The tables. Migrations create them; a test compares the two."""
