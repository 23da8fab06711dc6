"""Runs every benchmark of this folder, one after the other: `make bench`.

python -m benchmarks [NAME...]
"""

import pkgutil
import subprocess
import sys

import benchmarks


def main() -> int:
    """Run the named benchmarks, or all, each in a process of its own; 1 when one failed."""
    names = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name != "__main__"]
    unknown = set(sys.argv[1:]).difference(names)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
        return 2
    failed = False
    for name in sys.argv[1:] or names:
        print(f"== {name}", flush=True)
        failed |= bool(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
