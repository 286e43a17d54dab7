"""`inspect` and `quantize`: what they print and write, and how they refuse."""
import os
import resource

import cli_case


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))


class Inspect(cli_case.CliCase):
    def test_json_has_metadata_and_tensors(self):
        seen = self.json("inspect", cli_case.TINY)
        self.assertEqual(len(seen["tensors"]), 16)
        self.assertEqual(seen["version"], 3)

    def test_summary_names_formats(self):
        text = self.ok("inspect", cli_case.TINY)
        self.assertIn("general.architecture  string               tiny\n", text)
        self.assertIn("mxfp4         1      192   102 B\n", text)

    def test_tensors(self):
        self.assertEqual(len(self.ok("inspect", cli_case.TINY, "--tensors").splitlines()), 17)

    def test_one_key(self):
        self.assertEqual(self.ok("inspect", cli_case.TINY, "--metadata", "t.floats"), "-1.5\n0.0\n2.0\n")
        self.assertEqual(self.json("inspect", cli_case.TINY, "--metadata", "t.bools"), [True, False])

    def test_unknown_key(self):
        self.fails(2, f"{cli_case.TINY}: no key (t.float), nearest is (t.floats)", "inspect", cli_case.TINY,
                   "--metadata", "t.float")

    def test_parameters_name_their_source(self):
        rows = {row["name"]: row for row in self.json("inspect", "--params")}
        self.assertEqual(rows["eps"]["source"], "llama.attention.layer_norm_rms_epsilon")
        run = self.ingot("inspect", cli_case.TINY, "--params")
        self.assertEqual(run.returncode, 3, run.stderr)

    def test_check_tensors(self):
        model = cli_case.golden("g-llama-f16")
        self.assertTrue(self.json("inspect", model, "--check-tensors")["all_finite"])


class Quantize(cli_case.CliCase):
    def test_writes_and_reports(self):
        model, out = cli_case.golden("g-llama-f16"), self.path("out.gguf")
        report = self.json("quantize", model, out, "Q8_0", "--keep", "output.weight=q4_0")
        formats = {tensor["name"]: tensor["to"] for tensor in report["tensors"]}
        self.assertEqual(formats["blk.0.attn_q.weight"], "q8_0")
        self.assertEqual(formats["output.weight"], "q4_0")
        written = {tensor["name"]: tensor["dtype"] for tensor in self.json("inspect", out)["tensors"]}
        self.assertEqual(written, formats)

    def test_overwrites_only_if_forced(self):
        model, out = cli_case.golden("g-llama-f16"), self.path("out.gguf")
        self.ok("quantize", model, out, "q8_0")
        self.fails(2, f"{out}: exists already; --force overwrites it", "quantize", model, out, "q4_0")
        self.ok("quantize", model, out, "q4_0", "--force")

    def test_unknown_format(self):
        self.fails(2, "unknown target format (q8_00), nearest is (q8_0)", "quantize", cli_case.TINY, self.path("a"), "q8_00")

    def test_rule_is_read_strictly(self):
        model = cli_case.golden("g-llama-f16")
        self.fails(2, "--keep: (output) is not PATTERN=FORMAT", "quantize", model, self.path("a"), "q8_0", "--keep",
                   "output")
        self.fails(2, "--keep: unknown format (q8_00), nearest is (q8_0)", "quantize", model, self.path("a"), "q8_0",
                   "--keep", "output*=q8_00")

    def test_unwritable_folder(self):
        out = self.path("none/a.gguf")
        self.fails(2, f"{out}: cannot create: no such file or directory", "quantize",
                   cli_case.golden("g-llama-f16"), out, "q8_0")

    def test_device_is_not_replaced(self):
        self.fails(2, "/dev/null: is not a regular file", "quantize", cli_case.golden("g-llama-f16"), "/dev/null", "q8_0")

    def test_full_disk_leaves_nothing(self):
        out = self.path("a.gguf")
        run = self.ingot("quantize", cli_case.golden("g-llama-f16"), out, "q8_0", preexec_fn=limit_file_size,
                         restore_signals=False)
        self.assertEqual(run.returncode, 4, run.stderr)
        self.assertRegex(run.stderr, r"^ingot quantize: .*a\.gguf: cannot write \d+ bytes: file too large\n$")
        self.assertEqual(os.listdir(self.folder), [])


class MakeModel(cli_case.CliCase):
    def test_the_model_runs_and_can_be_quantized(self):
        made, small = self.path("tiny.gguf"), self.path("small.gguf")
        seen = self.json("make-model", "tiny", made, "--seed", "3")
        self.assertEqual((seen["out"], seen["shape"], seen["seed"]), (made, "tiny", 3))
        self.assertEqual(sum(part["bytes"] for part in self.json("inspect", made)["totals"]), seen["tensor_bytes"])
        self.ok("quantize", made, small, "q4_k_m")
        self.assertEqual(len(self.json("run", small, "-p", "a b", "-n", "4", "--ignore-eos")["tokens"]), 4)

    def test_overwrites_only_if_forced(self):
        out = self.path("tiny.gguf")
        self.ok("make-model", "tiny", out)
        self.fails(2, f"{out}: exists already; --force overwrites it", "make-model", "tiny", out)
        self.ok("make-model", "tiny", out, "--force")

    def test_unknown_shape(self):
        self.fails(2, "SHAPE: (tyny) is not one of (tiny, qwen2.5-0.5b, llama-3.2-1b, mixtral-small, llama-3.2-3b), nearest is (tiny)",
                   "make-model", "tyny", self.path("a"))


class Tokenize(cli_case.CliCase):
    def test_there_and_back(self):
        model = cli_case.golden("g-llama-f16")
        seen = self.json("tokenize", model, "-p", "Hello, world! The quick brown fox")
        self.assertEqual(seen["tokens"], [1, 379, 295, 417, 47, 281, 1613, 36, 450, 439, 860, 289, 798, 113, 1701, 123])
        self.assertEqual(len(seen["pieces"]), len(seen["tokens"]))
        ids = self.ok("tokenize", model, "--no-bos", "--ids", stdin="Hello, world! The quick brown fox").strip()
        self.assertEqual(ids, ",".join(map(str, seen["tokens"][1:])))
        self.assertEqual(self.ok("tokenize", model, "--decode", ids), "Hello, world! The quick brown fox\n")

    def test_control_tokens_are_text_unless_asked_for(self):
        model = cli_case.golden("g-llama-f16")
        self.assertNotIn(2, self.json("tokenize", model, "-p", "a</s>")["tokens"])
        self.assertIn(2, self.json("tokenize", model, "-p", "a</s>", "--special")["tokens"])

    def test_wrong_ids(self):
        model = cli_case.golden("g-llama-f16")
        self.fails(2, "token id (2000) is not below the vocabulary's (2000)", "tokenize", model, "--decode", "1,2000")
        self.fails(2, "token id (x) is not in 0..2147483647", "tokenize", model, "--decode", "1,x")

    def test_missing_text_file(self):
        self.fails(2, "./none.txt: cannot open: no such file or directory", "tokenize", cli_case.golden("g-llama-f16"),
                   "-f", "./none.txt")

    def test_no_tokenizer(self):
        self.fails(2, f"{cli_case.TINY}: no key (tokenizer.ggml.model)", "tokenize", cli_case.TINY, "-p", "a")


if __name__ == "__main__":
    cli_case.main()
