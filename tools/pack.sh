#!/usr/bin/env bash
# Puts into one folder (dist/pack, or the one that is named) what a bare Linux machine with a GPU needs to check and to
# measure this build: no compiler, no network. `run.sh` in it does all; see docs/devices.md.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=${1:-dist/pack}
most_kib=$((50 * 1024))
build=build/pack
# Small libraries between a program and a GPU's driver. run.sh uses only those that the machine lacks.
libraries=(libvulkan.so.1 libEGL.so.1 libGLX.so.0 libGLdispatch.so.0 libX11.so.6 libXext.so.6
  libxcb.so.1 libXau.so.6 libXdmcp.so.6 libbsd.so.0 libmd.so.0)

die() { printf 'pack: %s\n' "$*" >&2; exit 3; }

[ "$(uname -sm)" = "Linux x86_64" ] || die "packs are made on Linux x86-64, this is ($(uname -sm))"
[ -f build/webgpu/libwgpu_native-release.so ] || die "there is no WebGPU library: ./dev setup"
programs=("$build/bin/ingot" "$build/test/runtime_webgpu_test")
for program in "${programs[@]}"; do tools/check_portable.sh "$program"; done
rm -rf "$pack"
mkdir -p "$pack/check" "$pack/libs/licences"
cp "${programs[@]}" build/webgpu/libwgpu_native-release.so "$pack/"
strip "$pack/ingot" "$pack/runtime_webgpu_test" "$pack/libwgpu_native-release.so"
cp tools/pack/*.py "$pack/check/"
cp tools/pack/run.sh tools/pack/README.txt LICENSE "$pack/"
cp -r test/model/golden "$pack/golden"
stories=../shared/data/stories260K  # not of this repository
[ ! -d $stories ] || cp -r --no-preserve=mode $stories "$pack/stories260K"
git describe --always --dirty --exclude '*' >"$pack/build.txt" 2>/dev/null || echo unknown >"$pack/build.txt"
for library in "${libraries[@]}"; do
  path=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ && !seen++ {print $NF}')
  [ -n "$path" ] || { printf 'pack: without %s, which is not installed here\n' "$library" >&2; continue; }
  cp -L "$path" "$pack/libs/$library"
  owner=$(dpkg-query -S "$(readlink -f "$path")" 2>/dev/null | cut -d: -f1 || true)
  if [ -n "$owner" ] && [ -f "/usr/share/doc/$owner/copyright" ]; then
    cp -L "/usr/share/doc/$owner/copyright" "$pack/libs/licences/$owner"
  fi
done
[ -f "$pack/libs/libvulkan.so.1" ] || die "there is no Vulkan loader here to take along (Debian: libvulkan1)"
size=$(du -sk "$pack" | cut -f1)
[ "$size" -le "$most_kib" ] || die "the pack has ($size) KiB, which is more than ($most_kib)"
printf '%s: %s KiB\n' "$pack" "$size"
