"""`python -m services.evaluator`."""

from services.evaluator.main import run

if __name__ == "__main__":
    run()
