"""`logits`, `perplexity` and the flags that commands share: files, figures, and how wrong input is refused."""
import array
import json
import os
import signal
import subprocess
import sys
import time

import cli_case


def read_floats(path):
    values = array.array("f")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    if sys.byteorder == "big":
        values.byteswap()
    return values


class Logits(cli_case.CliCase):
    def test_every_position_of_the_bundled_model(self):
        out = self.path("a.logits")
        seen = self.json("logits", "--tokens", "0,2593,668", "--out", out)
        self.assertEqual((seen["tokens"], seen["numerics"], seen["kv_type"]), (3, "exact", "f32"))
        self.assertEqual(len(read_floats(out)), 3 * seen["vocab"])

    def test_a_position_does_not_see_what_follows(self):
        first, both = self.path("a"), self.path("b")
        vocab = self.json("logits", "--tokens", "0,2593", "--out", first)["vocab"]
        self.ok("logits", "--tokens", "0,2593,668", "--out", both)
        for a, b in zip(read_floats(first), read_floats(both)[:2 * vocab]):
            self.assertAlmostEqual(a, b, delta=1e-4)

    def test_chunks_give_the_same_logits(self):
        ids = ",".join(str(i) for i in range(1, 12))
        for chunk in ("0", "1", "4"):
            self.ok("logits", "--tokens", ids, "--chunk", chunk, "--out", self.path(chunk))
        for chunk in ("1", "4"):
            for a, b in zip(read_floats(self.path("0")), read_floats(self.path(chunk))):
                self.assertAlmostEqual(a, b, delta=1e-4)

    def test_a_hidden_feature_and_a_kernel_folder(self):
        self.ok("logits", "--tokens", "1,2", "--hide-feature", "avx512", "--device", "cpu", "--out", self.path("a"))
        self.fails(2, f"kernel folder ({self.folder}) is for the device webgpu, not (cpu)", "logits", "--tokens", "1,2",
                   "--device", "cpu", "--kernel-dir", self.folder, "--out", self.path("b"))

    def test_wrong_ids(self):
        self.fails(2, "token (4096) is outside of the vocabulary (4096)", "logits", "--tokens", "0,4096", "--out",
                   self.path("a"))
        self.fails(2, "token id (-1) is not in 0..2147483647", "logits", "--tokens=-1", "--out", self.path("a"))
        self.fails(2, "no token ids given", "logits", "--tokens", "", "--out", self.path("a"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_more_tokens_than_the_context(self):
        self.fails(2, "context: positions (5) are more than the limit (4); a larger one is set with --ctx", "logits",
                   "--tokens", "1,2,3,4,5", "--ctx", "4", "--out", self.path("a"))

    def test_trace_of_equal_runs_is_equal(self):
        for name in "ab":
            self.ok("logits", "--tokens", "0,2593,668", "--out", self.path("l"), "--trace", self.path(name))
        with open(self.path("a"), encoding="utf-8") as a, open(self.path("b"), encoding="utf-8") as b:
            self.assertEqual(a.read(), b.read())
        seen = self.json("compare", self.path("a"), self.path("b"), "--bound", "0")
        self.assertGreater(seen["compared"], 50)
        self.assertEqual((seen["worst_error"], seen["only_a"], seen["first"]), (0, 0, None))

    def test_compare_refuses_a_difference(self):
        self.ok("logits", "--tokens", "0,2593,668", "--out", self.path("l"), "--trace", self.path("a"))
        with open(self.path("a"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        changed = json.loads(lines[7])
        changed["max"] += 1
        lines[7] = json.dumps(changed)
        with open(self.path("b"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        run = self.ingot("compare", self.path("a"), self.path("b"), "--json")
        self.assertEqual(run.returncode, 1)
        first = json.loads(run.stdout)["first"]
        self.assertEqual((first["op"], first["layer"]), (changed["op"], changed["layer"]))
        self.assertIn("is above the bound (0.001)", run.stderr)


class Auto(cli_case.CliCase):
    def setUp(self):
        super().setUp()
        self.environment["INGOT_WEBGPU_LIBRARY"] = "nowhere/libwebgpu.so"

    def test_says_once_why_it_is_the_cpu(self):
        run = self.ingot("run", "-p", "Once", "-n", "2", "--device", "auto")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stderr, r"^running on the CPU: [^\n]*WebGPU[^\n]*\nloaded in [^\n]*, cpu with [^\n]*\n$")
        self.assertEqual(self.ingot("run", "-p", "Once", "-n", "2", "--device", "auto", "--quiet").stderr, "")

    def test_a_gpu_that_is_asked_for_is_no_matter_of_choice(self):
        for flags in (("--device", "webgpu"), ("--device", "auto", "--adapter", "abacus"),
                      ("--device", "auto", "--kernel-dir", self.folder)):
            run = self.ingot("run", "-p", "Once", "-n", "2", *flags)
            self.assertEqual((run.returncode, run.stdout), (3, ""), run.stderr)

    def test_a_plan_names_its_device(self):
        with open(self.path("plan.json"), "w", encoding="utf-8") as file:
            json.dump({"format": "ingot-plan", "version": 1, "target": "cpu", "pass_order": []}, file)
        run = self.ingot("run", "-p", "Once", "-n", "2", "--device", "auto", "--plan", self.path("plan.json"))
        self.assertRegex(run.stderr, r"^loaded in ")


class Flags(cli_case.CliCase):
    def logits(self, *args):
        return ("logits", "--tokens", "1", "--out", self.path("a"), *args)

    def test_unknown_device(self):
        self.fails(2, "unknown device kind (gpu), there are auto, cpu, webgpu, null", *self.logits("--device", "gpu"))

    def test_kernel_rules(self):
        self.ok(*self.logits("--kernel", "q_proj:matmul_reference", "--kernel", "matmul=matmul_blocked"))
        run = self.ingot(*self.logits("--kernel", "matmul_blockd"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("unknown kernel (matmul_blockd), nearest is (matmul_blocked)", run.stderr)

    def test_passes(self):
        self.fails(2, "--passes: unknown pass (no-such-pass)", *self.logits("--passes", "no-such-pass"))
        self.ok(*self.logits("--passes", "none"))

    def plan(self, **changes):
        plan = {"format": "ingot-plan", "version": 1, "target": "cpu", "pass_order": [], **changes}
        with open(self.path("plan.json"), "w", encoding="utf-8") as file:
            json.dump(plan, file)
        return self.path("plan.json")

    def test_threads_of_a_plan(self):
        plan = self.plan(knobs={"threads": 3})
        self.assertEqual(self.json(*self.logits("--plan", plan))["threads"], 3)
        self.assertEqual(self.json(*self.logits("--plan", plan, "--threads", "2"))["threads"], 2)

    def test_tiles_of_a_plan(self):
        plan = self.plan(knobs={"tile_m": 48})
        program = json.loads(self.ok("compile", "--emit", "program", "--plan", plan, "--kernel", "matmul_blocked"))
        tiles = {d["overrides"]["TILE_M"] for d in program["dispatches"] if d["op"] == "matmul"}
        self.assertEqual(tiles, {48})

    def test_wrong_plans(self):
        plan = self.plan(knobs={"tile_m": 0})
        self.fails(2, f"{plan}: plan.knobs.tile_m: (0) is not in 1..512", *self.logits("--plan", plan))
        plan = self.plan(pass_order=["fold-constant"])
        self.fails(2, "plan.pass_order[0]: pass (fold-constant) is unknown, nearest is (fold-constants)",
                   *self.logits("--plan", plan))

    def test_parameters(self):
        self.fails(2, "--set: (eps) is not NAME=VALUE", *self.logits("--set", "eps"))

    def test_file_without_a_spec(self):
        run = self.ingot("logits", cli_case.TINY, "--tokens", "1", "--out", self.path("a"))
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("(tiny)", run.stderr)


class Compile(cli_case.CliCase):
    def test_program_is_of_the_phase(self):
        for phase in ("prefill", "decode"):
            program = json.loads(self.ok("compile", "--emit", "program", "--phase", phase))
            self.assertEqual(program["phase"], phase)

    def test_summary_counts_the_weights(self):
        seen = self.json("compile")
        total = self.json("inspect")["tensor_bytes"]
        self.assertEqual(seen["decode"]["bytes"]["weight"] + seen["decode"]["bytes"]["vectors"], total)

    def test_explain_names_who_chose(self):
        rows = self.json("compile", "--explain", "--kernel", "q_proj:matmul_reference")
        chosen = {row["origin"] for row in rows if row["role"] == "q_proj"}
        self.assertEqual((chosen, {row["kernel"] for row in rows if row["role"] == "q_proj"}),
                         ({"caller"}, {"matmul_reference"}))

    def test_diff_shows_what_changes(self):
        first = self.json("compile", "--list-passes")[0]["name"]
        text = self.ok("compile", "--diff", "--emit", "after:" + first)
        self.assertIn("-", {line[:1] for line in text.splitlines()})
        graph = self.ok("compile", "--emit", "graph")
        for line in text.splitlines():
            if line.startswith("-"):
                self.assertIn(line[1:], graph)

    def test_wrong_emit(self):
        self.fails(2, "--emit: (graf) is not one of (graph, after:PASS, program)", "compile", "--emit", "graf")


class Doctor(cli_case.CliCase):
    def test_every_kernel_of_the_smoke_test_is_right(self):
        seen = self.json("doctor")
        self.assertGreater(len(seen["smoke"]), 10)
        self.assertTrue(all(row["ok"] for row in seen["smoke"]))
        self.assertGreater(seen["peaks"]["read_gb_per_second"], 0)
        opens = {row["kind"]: row["ok"] for row in seen["devices"]}
        self.assertEqual(opens["cpu"], True)
        self.assertEqual(opens["webgpu"], len(seen["adapters"]) > 0)

    def test_every_kernel_is_right_on_a_gpu(self):
        self.use_software_gpu()
        seen = self.json("doctor", "--device", "webgpu")
        self.assertGreater(len(seen["smoke"]), 20)
        self.assertEqual([row for row in seen["smoke"] if not row["ok"]], [])
        self.assertEqual(set(seen["peaks"]), {"copy_gb_per_second", "f32_gflops", "dispatch_us"})
        self.assertTrue(all(peak > 0 for peak in seen["peaks"].values()))

    def test_null_computes_nothing(self):
        self.assertEqual(self.ingot("doctor", "--device", "null", "--no-peaks").returncode, 1)


class Perplexity(cli_case.CliCase):
    TEXT = "Once upon a time there was a king who had three sons. " * 40

    def test_counts_windows_and_scored_tokens(self):
        tokens = len(self.json("tokenize", "-p", self.TEXT)["tokens"])
        seen = self.json("perplexity", "-p", self.TEXT, "--ctx", "64")
        self.assertEqual(seen["windows"], tokens // 64)
        self.assertEqual(seen["scored_tokens"], (tokens // 64) * 31)
        self.assertLess(1, seen["perplexity"])
        self.assertLess(seen["perplexity"], 100)

    def test_text_that_is_too_short(self):
        self.fails(2, "tokens of the text (3) are fewer than a window (512)", "perplexity", "-p", "Once upon")

    def test_window_that_is_too_short(self):
        self.fails(2, "--ctx: tokens of a window (3) are fewer than (4)", "perplexity", "-p", "a", "--ctx", "3")

    def test_interrupt_ends_safely(self):
        text = self.path("text")
        with open(text, "w", encoding="utf-8") as file:
            file.write(self.TEXT * 1000)
        process = subprocess.Popen([cli_case.BINARY, "perplexity", "-f", text, "--ctx", "64", "--device", "cpu"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        while not self.catches_interrupts(process.pid):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, errors)
        self.assertRegex(errors, r"^ingot perplexity: (interrupted after windows \(\d+\) of \(\d+\)|.*stopped.*)\n$")

    @staticmethod
    def catches_interrupts(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            caught = next(line for line in file if line.startswith("SigCgt:"))
        return int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1


if __name__ == "__main__":
    cli_case.main()
