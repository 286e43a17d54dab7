"""`run`: what it generates, what it says at the end, and how it refuses."""
import os
import pty
import re
import signal
import subprocess

import cli_case

PROMPT = "Once upon a time"


class Run(cli_case.CliCase):
    def test_same_seed_same_text(self):
        first = self.json("run", "-p", PROMPT, "-n", "12", "--seed", "7")
        self.assertEqual(first["text"], self.json("run", "-p", PROMPT, "-n", "12", "--seed", "7")["text"])
        self.assertEqual((len(first["tokens"]), first["stop"], first["seed"], first["numerics"]),
                         (12, "max_tokens", 7, "fast"))
        self.assertNotEqual(first["text"], self.json("run", "-p", PROMPT, "-n", "12", "--seed", "8")["text"])

    def test_streams_what_json_says(self):
        args = ("run", "-p", PROMPT, "-n", "12", "--seed", "7")
        self.assertEqual(self.ok(*args), self.json(*args)["text"] + "\n")

    def test_ends_with_speeds_and_numerics(self):
        run = self.ingot("run", "-p", PROMPT, "-n", "3", "--seed", "7", "--numerics", "exact", "--threads", "1")
        self.assertRegex(run.stderr, r"^loaded in \d+ ms; prompt 5 tokens, [\d.]+ a second; generated 3 tokens, [\d.]+ a "
                                     r"second; exact numerics, f16 cache, cpu with 1 thread; sampled by the "
                                     r"host: the device has no kernel \(sample_topk\); seed 7; stop: max_tokens\n$")
        self.assertEqual(self.ingot("run", "-p", PROMPT, "-n", "3", "--quiet").stderr, "")

    def test_an_unset_seed_is_drawn_and_printed(self):
        run = self.ingot("run", "-p", PROMPT, "-n", "6")
        seed = re.search(r"seed (\d+);", run.stderr).group(1)
        self.assertEqual(self.ok("run", "-p", PROMPT, "-n", "6", "--seed", seed), run.stdout)

    def test_prompt_of_file_and_standard_input(self):
        args = ("-n", "5", "--temp", "0")
        want = self.ok("run", "-p", PROMPT, *args)
        path = self.path("prompt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROMPT)
        self.assertEqual(self.ok("run", "-f", path, *args), want)
        self.assertEqual(self.ok("run", *args, stdin=PROMPT), want)
        self.assertEqual(self.ok("run", "-f", "-", *args, stdin=PROMPT), want)

    def test_stop_text_is_not_part_of_the_text(self):
        whole = self.json("run", "-p", PROMPT, "-n", "40", "--temp", "0")["text"]
        stop = whole[20:24]
        seen = self.json("run", "-p", PROMPT, "-n", "40", "--temp", "0", "--stop", "never written", "--stop", stop)
        self.assertEqual((seen["text"], seen["stop"]), (whole[:whole.index(stop)], "stop_string"))

    def test_context_full(self):
        seen = self.json("run", "-p", PROMPT, "-n", "0", "--ctx", "16", "--ignore-eos")
        self.assertEqual((seen["stop"], len(seen["tokens"])), ("context_full", 16 - 5 + 1))

    def test_greedy_goes_where_the_logits_point(self):
        """The exact logits of the whole run have their greatest value where greedy sampling went."""
        from engine_test import read_floats
        args = ("--numerics", "exact", "--kv-type", "f32")
        seen = self.json("run", "-p", PROMPT, "-n", "8", "--temp", "0", *args)
        tokens = seen["prompt_tokens"] + seen["tokens"][:-1]
        out = self.path("l")
        vocab = self.json("logits", "--tokens", ",".join(map(str, tokens)), "--out", out)["vocab"]
        rows = read_floats(out)
        for step, token in enumerate(seen["tokens"]):
            row = rows[(len(seen["prompt_tokens"]) - 1 + step) * vocab:][:vocab]
            self.assertEqual(max(range(vocab), key=row.__getitem__), token)

    def test_trace_has_a_line_for_each_dispatch(self):
        path = self.path("t")
        self.ok("run", "-p", PROMPT, "-n", "3", "--trace", path)
        self.assertEqual(self.json("compare", path, path)["worst_error"], 0)


class Chat(cli_case.CliCase):
    def test_template_is_rendered(self):
        seen = self.json("run", "--chat-format", "chatml", "--system", "Be brief.", "-p", "Hello", "-n", "2")
        text = self.ok("tokenize", "--special", "--decode", ",".join(map(str, seen["prompt_tokens"])))
        self.assertIn("system\nBe brief.", text)
        self.assertIn("user\nHello", text)

    def test_unknown_format(self):
        self.fails(2, "unknown chat format (chatm), nearest is (chatml)", "run", "--chat-format", "chatm", "-p", "a")

    def test_chats_on_a_terminal(self):
        process, terminal = pty.fork()
        if process == 0:
            os.execv(cli_case.BINARY, ["ingot", "run", "--chat-format", "chatml", "-n", "4", "--seed", "1", "--quiet",
                                        "--device", "cpu"])
        seen = b""
        for line in (b"hello\n", b"more\n", b"\n"):
            while not seen.endswith(b"> "):
                seen += os.read(terminal, 1000)
            os.write(terminal, line)
            seen += line
        self.assertEqual(os.waitpid(process, 0)[1], 0)
        os.close(terminal)


class Refused(cli_case.CliCase):
    def test_sampler_options(self):
        self.fails(2, "top_p (2) is not in 0 to 1", "run", "-p", "a", "--top-p", "2")
        self.fails(2, "could not convert: --temp = hot", "run", "-p", "a", "--temp", "hot")

    def test_prompt_twice(self):
        self.assertEqual(self.ingot("run", "-p", "a", "-f", "b").returncode, 2)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = self.ingot("run", "-p", PROMPT, "-n", "3", stdout=full)
        self.assertEqual(run.returncode, 4)
        self.assertEqual(run.stderr, "ingot run: standard output: cannot write: no space left on device\n")

    def test_interrupt_keeps_what_was_written(self):
        process = subprocess.Popen([cli_case.BINARY, "run", "-p", PROMPT, "-n", "100000", "--ignore-eos", "--ctx", "100000",
                                    "--device", "cpu"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertNotEqual(process.stdout.read(10), "")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, errors)
        self.assertRegex(errors, r"stop: interrupted\ningot run: interrupted after tokens \(\d+\)\n$")


if __name__ == "__main__":
    cli_case.main()
