"""How `leeway fmt` brings definitions into their canonical form."""
