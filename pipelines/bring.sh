#!/usr/bin/env bash
# Makes .venv/bin/tunegate with what `tunegate verdict` needs, at the pinned versions: run it from the project's root.
# (`make setup` would bring the local cloud as well.)
set -euo pipefail
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --requirement requirements.txt --constraint requirements/local.txt rich
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps .
