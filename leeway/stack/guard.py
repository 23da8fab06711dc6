"""Runs a module that ends with its parent: `python -m leeway.stack.guard services.ingest`.

Standard input is a pipe that only the parent holds open. However the parent ends, kill -9
included, the pipe closes, and so does this process.
"""

import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    # os.read takes no lock: a buffered read would still hold one when the interpreter shuts down.
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """Run the module named by the first argument as `python -m` would."""
    threading.Thread(target=_end_with_parent, name="guard", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
