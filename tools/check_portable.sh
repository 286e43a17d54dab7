#!/usr/bin/env bash
# Fails unless a binary needs no library but those of glibc, and no newer glibc than 2.36.
set -euo pipefail
binary=$1
foreign=$(ldd "$binary" | awk '{print $1}' | grep -vE '^(linux-vdso|libc|libm|libdl|libpthread|librt|/lib.*/ld-linux)' || true)
if [ -n "$foreign" ]; then
  printf '%s: needs libraries that another machine may lack: %s\n' "$binary" "$foreign" >&2
  exit 1
fi
newest=$(objdump -T "$binary" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
if [ "$(printf 'GLIBC_2.36\n%s\n' "$newest" | sort -V | tail -n 1)" != GLIBC_2.36 ]; then
  printf '%s: needs (%s), which is newer than (GLIBC_2.36)\n' "$binary" "$newest" >&2
  exit 1
fi
