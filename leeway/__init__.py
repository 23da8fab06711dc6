"""The `leeway` command: one module per command group, and the local stack."""
