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


class Test:
    def __init__(self, binary, root):
        self.binary = binary
        self.root = root
        self.failures = []

    def expect(self, is_so, what):
        if not is_so:
            self.failures.append(what)

    def export(self, folder, kernels, *flags):
        names = [word for kernel in kernels for word in ("--kernel", kernel)]
        subprocess.run([self.binary, "kernels", "check", "--export", os.path.join(self.root, folder), "--quiet", *names, *flags],
                       check=True, stdout=subprocess.DEVNULL)

    def judge(self, folder):
        """Exit code and the row of each kernel."""
        run = subprocess.run([self.binary, "kernels", "check", "--judge", os.path.join(self.root, folder), "--json", "--quiet"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not run.stdout:
            sys.exit(f"{folder}: the judge said nothing: {run.stderr}")
        return run.returncode, {row["kernel"]: row for row in json.loads(run.stdout)}

    def expect_caught(self, folder, kernel, message):
        code, rows = self.judge(folder)
        said = [failure["message"] for failure in rows[kernel]["failures"]]
        self.expect(code == 1 and any(message in one for one in said), f"{folder}: ({message}) is not in {said}, exit code {code}")

    def plant(self, folder, before, after):
        """In the only module of the folder."""
        path = os.path.join(self.root, folder, "cases.json")
        with open(path) as file:
            cases = json.load(file)
        self.expect(cases["modules"][0].count(before) == 1, f"{folder}: ({before}) is not once in the module")
        cases["modules"][0] = cases["modules"][0].replace(before, after)
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
        test.export("right", *([[], "--quick"] if wants_all else [KERNELS]))
        for folder in ("sign", "outside", "lazy"):
            test.export(folder, ["residual"])
        test.plant("sign", "a[quad] + b[quad]", "a[quad] - b[quad]")
        test.plant("outside", "y[quad] = v;", "y[quad] = v; y[arrayLength(&y) - 1u] = vec4f(7);")
        test.plant("lazy", "for (var i = 0u;", "for (var i = 1u;")
        found = browser.run_page("/test/page.html?test=cases&folders=right,sign,outside,lazy", root,
                                 seconds=1500 if wants_all else 170)
        test.failures += found["failures"]
        code, rows = test.judge("right")
        for row in rows.values():
            test.failures += [failure["text"] for failure in row["failures"]]
        test.expect(code == 0, f"the judge exits with {code}")
        passed = sum(row["passed"] for row in rows.values())
        test.expect(set(rows) >= set(KERNELS), f"no cases of {set(KERNELS) - set(rows)}")

        test.expect_caught("sign", "residual", "wanted")
        test.expect_caught("outside", "residual", "outside of it, was written")
        test.expect_caught("lazy", "residual", "word (0) was not written")
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
