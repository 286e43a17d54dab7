#!/usr/bin/env bash
# Runs the checks and the benchmarks of this folder on this machine's GPU and writes one report; `run.sh --help` says more.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  printf 'run.sh: there is no (%s); PYTHON names another\n' "$python" >&2
  exit 3
fi
exec "$python" -B "$here/check/main.py" --pack "$here" "$@"
