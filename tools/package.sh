#!/usr/bin/env bash
# Packs the release binary, which needs nothing but glibc, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=build/release/bin/ingot
version=$("$binary" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
name=ingot-$version-linux-$(uname -m)
tools/check_portable.sh "$binary"
rm -rf "dist/$name"
mkdir -p "dist/$name"
cp "$binary" "dist/$name/ingot"
strip "dist/$name/ingot"
cp LICENSE README.md "dist/$name/"
cp models/tales.md "dist/$name/MODEL.md"
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner -cJf "dist/$name.tar.xz" "$name"
rm -rf "dist/$name"
ls -l "dist/$name.tar.xz"
