"""The coverage table's check refuses every planted fault, with its line."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools"))
import kernel_docs  # noqa: E402

KERNELS = {"silu": {"variants": ["silu"]}, "mul": {"variants": ["mul", "mul_row"]}, "new": {"variants": ["new"]}}
TESTS = {"silu", "mul"}


class Coverage(unittest.TestCase):
    def errors(self, text):
        return kernel_docs.read_coverage(text, KERNELS, TESTS)[1]

    def test_rows_name_kernels_and_what_differs(self):
        rows, errors = kernel_docs.read_coverage(
            "# a comment\n\nact gate => silu/silu + mul/mul_row; two dispatches\nact odd => none; nobody asks\n", KERNELS, TESTS)
        self.assertEqual(errors, [])
        self.assertEqual(rows, [("act: gate", ["silu/silu", "mul/mul_row"], "two dispatches"),
                                ("act: odd", [], "nobody asks")])

    def test_faults_are_refused(self):
        for line, why in (("act main => gelu/gelu", "no kernel (gelu)"),
                          ("act main => mul/mul_column", "kernel (mul) has no variant (mul_column)"),
                          ("act main => new/new", "no test of kernel (new)"),
                          ("act main => none", "no kernel and no reason"),
                          ("act main silu/silu", "(act main silu/silu) is not FILE ENTRY => KERNEL/VARIANT")):
            self.assertEqual(self.errors(line + "\n"), ["coverage.txt:1: " + why])

    def test_an_entry_stands_once(self):
        self.assertEqual(self.errors("a b => silu/silu\na b => mul/mul\n"), ["coverage.txt:2: (a: b) stands twice"])


if __name__ == "__main__":
    unittest.main()
