#!/usr/bin/env python3
"""Runs every WGSL kernel file against references in double precision.

Each kernel, named variant and case is compiled by two front ends (Tint through Dawn's null device,
naga through wgpu-native), run three times on an adapter, and compared: outputs start as NaN or as
2^100; every buffer stands between guard bytes; what is read must stay as it was; the second run has a
folded grid, the third surplus workgroups, and all must agree to the bit. docs/kernel-authoring.md says
how to set it up."""
import argparse
import struct
import sys
import time
from dataclasses import replace

import numpy as np

import wgsl_cases
import wgsl_source
from wgsl_case import NAN_WORD

GUARD = 256
# Around outputs: no NaN, since what a kernel computes from the NaN around its inputs may be the same NaN.
OUTSIDE = 0xDEADBEEF
DEFAULT_SHARED = 16384
# Leaves NaN in workgroup memory, for kernels that trust what they find there.
DIRT = """var<workgroup> dirt: array<u32, 4096>;
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) t: u32) {
  for (var i = t; i < 4096u; i += 64u) { dirt[i] = 0x7fc0beefu; }
  workgroupBarrier();
  y[t] = dirt[4095u - t];
}"""


# Kernels that ask an adapter about itself: what it says of its subgroups is often made up.
SUBGROUP_SIZE = """@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(256) fn main(@builtin(subgroup_size) size: u32) { y[0] = size; }"""
EXACT_UNPACK = """@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main() {
  for (var code = 0u; code < 1024u; code++) {
    if (unpack2x16float(code).x == f32(code) * 5.9604644775390625e-8) { y[0]++; }
  }
}"""


class Mismatch(Exception):
    pass


class Illegal(Mismatch):
    """A choice that the header rules out."""


class FrontEnd:
    """One WebGPU implementation: makes pipelines, and runs them where it has an adapter."""

    def __init__(self, api, adapter):
        self.api = api
        limits = {}
        most = adapter.limits.get("max-compute-workgroup-storage-size", DEFAULT_SHARED)
        if most > DEFAULT_SHARED:
            limits["max-compute-workgroup-storage-size"] = most
        self.shared = max(most, DEFAULT_SHARED)
        # naga knows no `enable subgroups`, Tint wants it; the features' names differ as well.
        native = "subgroup" in adapter.features
        feature, self.enable = ("subgroup", "") if native else ("subgroups", "enable subgroups;\n")
        self.subgroups = feature in adapter.features
        features = [feature] if self.subgroups else []
        self.device = adapter.request_device_sync(required_limits=limits, required_features=features)
        self.seen = {}

    def module(self, text):
        return self.device.create_shader_module(code=self.enable + text if "subgroup_size" in text else text)

    def pipeline(self, text, constants, bindings):
        key = (text, tuple(sorted(constants.items())))
        if key not in self.seen:
            entries = [{"binding": number, "visibility": self.api.ShaderStage.COMPUTE, "buffer": {"type": kind}}
                       for number, kind in bindings]
            layout = self.device.create_bind_group_layout(entries=entries)
            module = self.module(text)
            pipeline = self.device.create_compute_pipeline(
                layout=self.device.create_pipeline_layout(bind_group_layouts=[layout]),
                compute={"module": module, "entry_point": "main", "constants": constants})
            self.seen[key] = pipeline, layout
        return self.seen[key]

    def run(self, made, buffers, grid):
        """Buffers by binding number, as bytes with guards; returns them as they are afterwards."""
        device, usage = self.device, self.api.BufferUsage
        flags = usage.COPY_SRC | usage.COPY_DST
        held = {n: device.create_buffer_with_data(data=b, usage=flags | (usage.UNIFORM if n == 0 else usage.STORAGE))
                for n, b in buffers.items()}
        entries = [{"binding": n, "resource": {"buffer": held[n], "offset": GUARD, "size": len(b) - 2 * GUARD}}
                   for n, b in buffers.items()]
        dirt, dirt_layout = self.pipeline(DIRT, {}, [(0, "storage")])
        scratch = device.create_buffer(size=256, usage=usage.STORAGE)
        encoder = device.create_command_encoder()
        work = encoder.begin_compute_pass()
        work.set_pipeline(dirt)
        work.set_bind_group(0, device.create_bind_group(layout=dirt_layout, entries=[
            {"binding": 0, "resource": {"buffer": scratch, "offset": 0, "size": 256}}]))
        work.dispatch_workgroups(8)
        work.set_pipeline(made[0])
        work.set_bind_group(0, device.create_bind_group(layout=made[1], entries=entries))
        work.dispatch_workgroups(*grid)
        work.end()
        device.queue.submit([encoder.finish()])
        return {n: bytes(device.queue.read_buffer(held[n])) for n in buffers}


def answer(front_end, text: str) -> int:
    """What a kernel that asks an adapter leaves in its first word."""
    made = front_end.pipeline(text, {}, [(0, "storage")])
    usage = front_end.api.BufferUsage
    held = front_end.device.create_buffer(size=256, usage=usage.STORAGE | usage.COPY_SRC)
    encoder = front_end.device.create_command_encoder()
    work = encoder.begin_compute_pass()
    work.set_pipeline(made[0])
    work.set_bind_group(0, front_end.device.create_bind_group(layout=made[1], entries=[
        {"binding": 0, "resource": {"buffer": held, "offset": 0, "size": 256}}]))
    work.dispatch_workgroups(1)
    work.end()
    front_end.device.queue.submit([encoder.finish()])
    return int(np.frombuffer(front_end.device.queue.read_buffer(held), np.uint32)[0])


def guarded(data: bytes, word: int) -> bytes:
    """Padded to 16 bytes and between guards."""
    filler = struct.pack("<I", word)
    return filler * (GUARD // 4) + data + (filler * 4)[:-len(data) % 16] + filler * (GUARD // 4)


def uniform_bytes(kernel, uniforms) -> bytes:
    out = b""
    for name, kind in kernel.params:
        out += struct.pack("<I" if kind == "u32" else "<f", uniforms[name])
    return out


def compare(name, got: np.ndarray, want, limit):
    """`got` are words. First what no comparison of sizes would see."""
    if limit is None:
        bad = np.flatnonzero(got != want)
        if len(bad):
            raise Mismatch(f"{name}[{bad[0]}]: got ({got[bad[0]]:#x}), want ({want[bad[0]]:#x}), "
                           f"{len(bad)} of {len(want)}")
        return 0.0
    values = got.view(np.float32).astype(np.float64)
    untouched = np.isnan(want)
    if (got[untouched] != NAN_WORD).any():
        raise Mismatch(f"{name}: wrote where it should not")
    want, limit, values = want[~untouched], limit[~untouched], values[~untouched]
    if not np.isfinite(values).all():
        at = int(np.flatnonzero(~np.isfinite(values))[0])
        raise Mismatch(f"{name}[{at}]: got ({values[at]}), want ({want[at]:.9g})")
    ratio = np.abs(values - want) / np.maximum(limit, 1e-300)
    at = int(ratio.argmax())
    if ratio[at] > 1:
        raise Mismatch(f"{name}[{at}]: got ({values[at]:.9g}), want ({want[at]:.9g}), limit ({limit[at]:.3g}), "
                       f"{int((ratio > 1).sum())} of {len(want)}")
    return float(ratio[at])


def bindings_of(kernel):
    return [(0, "uniform")] + [(n, "storage" if w else "read-only-storage") for n, _, w in kernel.bindings]


def make(kernel, case, given, tint, adapter):
    """The pipeline, and the names that grids and conditions are written in."""
    values = kernel.values(given)
    text = wgsl_source.assemble(kernel, values)
    shared = wgsl_source.shared_bytes(text, values)
    names = {**case.uniforms, **{k.lower(): v for k, v in values.items() if k == "HEAD_DIM"}, **values}
    for line in wgsl_source.conditions(kernel):
        if not wgsl_source.evaluate(line, {**names, **adapter.facts}):
            raise Illegal(f"case does not meet: {line}")
    said = wgsl_source.evaluate(kernel.header.get("shared", ["0"])[0], names)
    if shared > said:
        raise Mismatch(f"workgroup memory ({shared}) is more than the header says ({said})")
    if shared <= tint.shared:
        tint.pipeline(text, given, bindings_of(kernel))
    else:  # too large for the null device's limits: the text alone is judged
        tint.module(text)
    if shared > adapter.shared:
        raise Illegal(f"workgroup memory ({shared}) is more than the adapter has ({adapter.shared})")
    return adapter.pipeline(text, given, bindings_of(kernel)), names


def buffers_of(kernel, case, poison):
    """Every buffer with guards, and where its data ends."""
    buffers, ends = {0: guarded(uniform_bytes(kernel, case.uniforms), NAN_WORD)}, {}
    for n, name, writable in kernel.bindings:
        if name in case.buffers:
            data = np.ascontiguousarray(case.buffers[name]).tobytes()
        else:
            want, limit = case.want[name]
            kept = np.zeros(len(want), bool) if limit is None else np.isnan(want)
            data = np.where(kept, NAN_WORD, poison).astype(np.uint32).tobytes()
        buffers[n] = guarded(data, OUTSIDE if writable else NAN_WORD)
        ends[n] = GUARD + len(data)
    return buffers, ends


def run_case(kernel, case, given, tint, adapter):
    """The largest error in units of its limit, and what was written."""
    made, names = make(kernel, case, given, tint, adapter)
    results, worst = [], 0.0
    huge = struct.unpack("<I", struct.pack("<f", 2.0 ** 100))[0]
    for number in range(3):
        buffers, ends = buffers_of(kernel, case, huge if number == 1 else NAN_WORD)
        grid = wgsl_source.grid_of(kernel, names, 2 if number == 1 else 65535)
        after = adapter.run(made, buffers, tuple(a + 1 for a in grid) if number == 2 else grid)
        for n, name, writable in kernel.bindings:
            if after[n][:GUARD] != buffers[n][:GUARD] or after[n][ends[n]:] != buffers[n][ends[n]:]:
                raise Mismatch(f"{name}: wrote outside of the buffer")
            if not writable and after[n] != buffers[n]:
                raise Mismatch(f"{name}: changed what is to be read")
            if writable:
                got = np.frombuffer(after[n][GUARD:ends[n]], np.uint32)
                worst = max(worst, compare(f"{name} (run {number + 1})", got, *case.want[name]))
        results.append(tuple(after[n] for n, _, w in kernel.bindings if w))
    if len(set(results)) != 1:
        raise Mismatch("runs differ")
    return worst, results[0]


def check_case(kernel, case, tint, adapter):
    given = {**kernel.variants[case.variant], **case.overrides}
    worst, written = run_case(kernel, case, given, tint, adapter)
    if given.get("USE_SUBGROUPS"):
        if run_case(kernel, case, {**given, "USE_SUBGROUPS": 0}, tint, adapter)[1] != written:
            raise Mismatch("with and without subgroups differ")
    return worst


def sweep(kernel, cases, tint, adapter) -> int:
    """Every value of every free override, one at a time, on three cases of each variant; how many failed."""
    ran = skipped = failed = 0
    for variant in kernel.variants:
        of_variant = [c for c in cases if c.variant == variant]
        for case in of_variant[::max(1, len(of_variant) // 3)]:
            for name, value in wgsl_source.tuned(kernel):
                if name in case.overrides or kernel.variants[variant].get(name) == value:
                    continue
                try:
                    check_case(kernel, replace(case, overrides={**case.overrides, name: value}), tint, adapter)
                    ran += 1
                except Illegal:
                    skipped += 1
                except Exception as error:  # as below
                    failed += 1
                    print(f"  {kernel.name}/{variant} {name} = {value} {case.uniforms}: {str(error)[:300]}")
    print(f"{kernel.name:44} {ran} choices passed, {failed} failed, {skipped} ruled out by the header")
    return failed


def open_front_ends(wanted: str):
    import wgpu
    import wgpudawn
    import wgpudawn.backends.dawn  # noqa: F401  registers itself
    null = [a for a in wgpudawn.gpu._enumerate_all_adapters() if a.info["backend_type"] == "Null"]
    found = [a for a in wgpu.gpu.enumerate_adapters_sync() if wanted.lower() in str(a.info).lower()]
    if not null or not found:
        sys.exit(f"no adapter for tint ({len(null)}) or for ({wanted}) ({len(found)})")
    print(f"runs on: {found[0].info['device']} ({found[0].info['description']})")
    tint, adapter = FrontEnd(wgpudawn, null[0]), FrontEnd(wgpu, found[0])
    adapter.facts = {"invocations": adapter.device.limits["max-compute-invocations-per-workgroup"],
                     "subgroups": adapter.subgroups, "exact_unpack": answer(adapter, EXACT_UNPACK) == 1024,
                     "subgroup_max": answer(adapter, SUBGROUP_SIZE) if adapter.subgroups else 1}
    print(f"facts: {adapter.facts}")
    return tint, adapter


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kernels", nargs="*", help="names of kernel files; all of them if none is given")
    parser.add_argument("--adapter", default="", help="part of the name of the adapter to run on")
    parser.add_argument("--sweep", action="store_true", help="then try every value of every free override as well")
    args = parser.parse_args()
    failed = 0
    tint, adapter = open_front_ends(args.adapter)
    kernels = wgsl_source.kernels()
    if unknown := set(args.kernels) - {k.name for k in kernels}:
        sys.exit(f"no such kernel ({', '.join(sorted(unknown))})")
    print(f"{'kernel/variant':44} cases  failed  worst/limit  seconds")
    for kernel in kernels:
        if args.kernels and kernel.name not in args.kernels:
            continue
        cases = wgsl_cases.TABLE[kernel.name](kernel) if kernel.name in wgsl_cases.TABLE else []
        for variant in kernel.variants:
            of_variant = [c for c in cases if c.variant == variant]
            worst, bad, start = 0.0, 0, time.time()
            for case in of_variant:
                try:
                    worst = max(worst, check_case(kernel, case, tint, adapter))
                except Exception as error:  # a front end's errors have many types; each is a failure of the case
                    bad += 1
                    message = "\n    ".join(str(error).strip().split("\n")[:2])
                    if bad <= 2:
                        print(f"  {kernel.name}/{variant} {case.overrides} {case.uniforms}: {message}")
            failed += bad if of_variant else 1
            note = "" if of_variant else "  no case"
            print(f"{kernel.name + '/' + variant:44} {len(of_variant):5}  {bad:6}  {worst:11.3f}  "
                  f"{time.time() - start:7.1f}{note}")
        if args.sweep:
            failed += sweep(kernel, cases, tint, adapter)
    print("all passed" if failed == 0 else f"failed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
