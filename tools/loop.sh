#!/usr/bin/env bash
# The development loop: change one pass, rebuild, benchmark, and say how long each step took. The change is a comment in a
# pass, put back afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
pass=${PASS:-ingot/ir/passes/eliminate_dead_ops.cc}
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build build/release --target ingot >/dev/null
copy=$(mktemp)
cp "$pass" "$copy"
trap 'cp "$copy" "$pass"; rm -f "$copy"' EXIT
seconds() { date +%s.%N; }
begin=$(seconds)
printf '// changed at %s\n' "$begin" >>"$pass"
cmake --build build/release --target ingot >/dev/null
built=$(seconds)
build/release/bin/ingot bench --device cpu -p 128 -n 32 -r 1
measured=$(seconds)
awk -v a="$begin" -v b="$built" -v c="$measured" \
  'BEGIN { printf "changed one pass: rebuilt in %.1f s, benchmarked in %.1f s, %.1f s in all\n", b - a, c - b, c - a }'
