"""The language the services share. Pure: standard library and numpy."""
