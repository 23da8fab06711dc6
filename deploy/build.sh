#!/bin/sh
# Builds Leeway into a virtual environment: sh deploy/build.sh TARGET [PYTHON]
#
# The Dockerfile runs this; so does a test, in a clean folder. Nothing comes in but what the locks
# name by hash, and only as wheels: nothing is compiled. What comes out depends on the sources, the
# locks and the Python alone, so no file carries the time at which it was made.
set -eu

target=${1:?usage: sh deploy/build.sh TARGET [PYTHON]}
python=${2:-python3}
sources=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first moment that a wheel, which is a zip archive, can name.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export PYTHONDONTWRITEBYTECODE=1

install() { # ENVIRONMENT ARGUMENTS...
  environment=$1
  shift
  "$environment/bin/python" -m pip install --quiet --no-compile "$@"
}

"$python" -m venv "$work/build"
install "$work/build" --require-hashes --only-binary :all: --requirement "$sources/requirements-build.lock"
(cd "$sources" && "$work/build/bin/python" -m hatchling build --target wheel --directory "$work/wheel")

"$python" -m venv "$target"
install "$target" --require-hashes --only-binary :all: --requirement "$sources/requirements.lock"
# By name, not by file: pip would note the path, which differs each time.
install "$target" --no-deps --no-index --find-links "$work/wheel" leeway-sla

# An image needs no installer, and no tests of other people's libraries.
"$target/bin/python" -m pip uninstall --quiet --yes setuptools pip
find "$target" -depth -type d \( -name tests -o -name test -o -name __pycache__ \) -exec rm -rf {} +
# Checked by nothing, so that a read-only file system never wants to write them anew.
"$target/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$target/lib"
