"""A small shop: its promises, and a seeded generator of the events its services emit."""
