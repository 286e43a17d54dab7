"""Conformance cases of kernels in Chromium: the engine exports them, a page runs them, the engine judges what came of it.

Run by ctest as `python3 browser_cases_test.py BINARY [all]`: with all, three shapes of each variant of every kernel. Faults
are planted as well, in a kernel and in answers, and must be found. Exits with 77, which ctest shows as skipped, without
Chromium.
"""
import json
import os
import subprocess
import sys
import tempfile

import browser

# One or two of each family.
KERNELS = """attention_decode attention_merge attention_prefill attention_split bf16_to_f16 bias_add cast_f32_to_f16 check_stop
    dequant_q4_0 dequant_q6k expert_matmul expert_sum fused_ffn gather gelu kv_write layernorm matmul matmul_gemv
    matmul_gemv_residual moe_gather moe_map residual rmsnorm rope_compute rope_init rope_kv_write rope_precomputed sample_argmax
    sample_topk scatter_add silu softmax swiglu topk""".split()

# Right, until a fault is planted.
PLAIN = "plain_sum"
PLAIN_TEXT = """//! op: add
//! formula: y = a + b
//! bind: a f32[size] r; b f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64} tune
//! use: grid
//! tolerance: elementwise(1)
//! variant: plain_sum { }
struct Params { size: u32 }
var<uniform> p: Params;
var<storage, read> a: array<f32>;
var<storage, read> b: array<f32>;
var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = linear(g) * WG + t.index;
  if (i < p.size) {
    y[i] = a[i] + b[i];
  }
}
"""
SUM = "y[i] = a[i] + b[i];"
FAULTS = {  # by folder: what is there in place of the sum, and what the judge says
    "sign": ("y[i] = a[i] - b[i];", "wanted"),
    "lazy": ("if (i != 2u) { y[i] = a[i] + b[i]; }", "word (2) was not written"),
    "outside": (SUM + " y[p.size] = 1.0;", "outside of it, was written"),
    "stray": ("y[i] = sqrt(-1.0 - a[i] * a[i]);", "wanted"),
}


class Test:
    def __init__(self, binary, root):
        self.binary = binary
        self.root = root
        self.failures = []
        self.own = os.path.join(root, "own")
        os.mkdir(self.own)
        with open(os.path.join(self.own, f"{PLAIN}.wgsl"), "w") as file:
            file.write(PLAIN_TEXT)

    def check(self, *args):
        return subprocess.run([self.binary, "kernels", "check", "--kernel-dir", self.own, "--json", "--quiet", *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def expect(self, is_so, what):
        if not is_so:
            self.failures.append(what)

    def export(self, folder, kernels, *flags):
        names = [word for kernel in kernels for word in ("--kernel", kernel)]
        run = self.check("--export", os.path.join(self.root, folder), *names, *flags)
        if run.returncode != 0:
            sys.exit(f"{folder}: the export failed: {run.stderr}")

    def judge(self, folder):
        """Exit code and the row of each kernel."""
        run = self.check("--judge", os.path.join(self.root, folder))
        if not run.stdout:
            sys.exit(f"{folder}: the judge said nothing: {run.stderr}")
        return run.returncode, {row["kernel"]: row for row in json.loads(run.stdout)}

    def expect_caught(self, folder, kernel, message):
        code, rows = self.judge(folder)
        said = [failure["message"] for failure in rows[kernel]["failures"]]
        self.expect(code == 1 and any(message in one for one in said), f"{folder}: ({message}) is not in {said}, exit code {code}")

    def plant(self, folder, fault):
        """In the only module of the folder, which the engine that judges does not look at."""
        path = os.path.join(self.root, folder, "cases.json")
        with open(path) as file:
            cases = json.load(file)
        self.expect(cases["modules"][0].count(SUM) == 1, f"{folder}: ({SUM}) is not once in {cases['modules'][0]}")
        cases["modules"][0] = cases["modules"][0].replace(SUM, fault)
        with open(path, "w") as file:
            json.dump(cases, file)

    def answer(self, folder, number):
        return os.path.join(self.root, folder, "answers", f"{number}.bin")

    def spoil(self, folder, at):
        """Flips a bit of the first answer."""
        with open(self.answer(folder, 0), "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))


def main():
    browser.find_chromium()
    wants_all = sys.argv[2:] == ["all"]
    with tempfile.TemporaryDirectory() as root:
        test = Test(sys.argv[1], root)
        test.export("right", *([[], "--quick"] if wants_all else [[*KERNELS, PLAIN]]))
        for folder, (fault, _) in FAULTS.items():
            test.export(folder, [PLAIN])
            test.plant(folder, fault)
        found = browser.run_page(f"/test/page.html?test=cases&folders={','.join(['right', *FAULTS])}", root,
                                 seconds=1500 if wants_all else 170)
        test.failures += found["failures"]
        code, rows = test.judge("right")
        for row in rows.values():
            test.failures += [failure["text"] for failure in row["failures"]]
        test.expect(code == 0, f"the judge exits with {code}")
        passed = sum(row["passed"] for row in rows.values())
        test.expect(set(rows) >= set(KERNELS), f"no cases of {set(KERNELS) - set(rows)}")

        for folder, (_, message) in FAULTS.items():
            test.expect_caught(folder, PLAIN, message)
        first = min(rows)  # cases are in the order of kernels
        test.spoil("right", 0)
        test.expect_caught("right", first, "outside of it, was written")
        test.spoil("right", 0)
        os.truncate(test.answer("right", 0), 1024)
        test.expect_caught("right", first, "end before those of")
        os.remove(test.answer("right", 0))
        test.expect_caught("right", first, "answers/0.bin")
    for failure in test.failures:
        print(failure[:800])
    print(f"{passed} cases of {len(rows)} kernels passed, failures: {len(test.failures)}")
    return 1 if test.failures else 0


if __name__ == "__main__":
    sys.exit(main())
