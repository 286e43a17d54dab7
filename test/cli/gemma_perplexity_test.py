"""Perplexity of a real model on a real text against what another engine measured, and of fast numerics against exact."""
import os

import cli_case

EXPECTED = 20.8114  # at context 512, f32 cache
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
MODEL = os.path.join(CACHE, "ingot", "models", "gemma3-270m.gguf")


class Perplexity(cli_case.CliCase):
    def setUp(self):
        super().setUp()
        text = os.path.join(cli_case.DATA, "corpus", "tales.txt")
        cli_case.needs("model", MODEL)
        cli_case.needs("model", text)
        with open(text, "rb") as file:
            part = file.read(24000)
        self.text = self.path("text")
        with open(self.text, "wb") as file:
            file.write(part)

    def perplexity(self, numerics, kv_type):
        return self.json("perplexity", MODEL, "-f", self.text, "--ctx", "512", "--numerics", numerics, "--kv-type",
                         kv_type)["perplexity"]

    def test_exact_is_what_the_other_engine_measured(self):
        self.assertAlmostEqual(self.perplexity("exact", "f32"), EXPECTED, delta=0.01)

    def test_fast_is_within_half_a_percent(self):
        self.assertAlmostEqual(self.perplexity("fast", "f16"), EXPECTED, delta=EXPECTED * 0.005)


if __name__ == "__main__":
    cli_case.main()
