"""`python -m services.api`."""

from services.api.main import run

run()
