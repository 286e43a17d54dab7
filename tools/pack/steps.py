"""The steps of a run. A step is a function of the session that gives data for the report, or raises Refused."""
import json
import os

import compare
from session import ClockWatch, Refused, last_line

MOST_NMSE = 1e-6     # of logits in exact numerics against those of the CPU
CLEAR_GAP = 1e-3     # of the two likeliest tokens; below it two correct engines may choose differently
MOST_DRIFT = 1e-4    # relative, of a perplexity against the CPU's
EXACT = ["--numerics", "exact", "--kv-type", "f32"]
TOKENS = 64          # that devices are compared over
FORMATS = ("f16", "q8_0", "q4_k_m")
SHAPES = ("qwen2.5-0.5b", "llama-3.2-1b")
LONG = 8000          # positions of the long context
NO_SUBGROUPS = ["--hide-feature", "subgroups"]


def judged(session, *args):
    """Runs a command that judges, and may refuse with 1 after it has printed its JSON."""
    run = session.command([session.binary, *args, *session.device("webgpu"), "--json"])
    try:
        found = json.loads(run.out)
    except ValueError:
        raise Refused(f"`{session.shown(['ingot', *args])}` ended with {run.code}: {last_line(run.err)}") from None
    return run, found


def doctor(session):
    run, found = judged(session, "doctor")
    wrong = [f"{row['kernel']} {row['case']}: {row['message']}" for row in found["smoke"] if not row["ok"]]
    if run.code != 0:
        raise Refused(last_line(run.err), data={"doctor": found, "lines": wrong})
    return {"doctor": found, "lines": [f"{len(found['smoke'])} kernels are right"]}


def device_suite(session):
    """The tests of the device itself, on this GPU."""
    binary = os.path.join(session.pack, "runtime_webgpu_test")
    run = session.command([binary, "--gtest_brief=1"], {"INGOT_REQUIRE": "gpu"})
    failed = [line for line in run.out.split("\n") if line.startswith("[  FAILED  ]")]
    if run.code != 0:
        raise Refused(f"ended with {run.code}: " + ("; ".join(failed[:8]) or last_line(run.err or run.out)))
    return {"lines": [line for line in run.out.split("\n") if line.startswith(("[  PASSED", "[  SKIPPED"))]}


def conformance(session):
    """Every kernel against its reference."""
    run, found = judged(session, "kernels", "check")
    if run.code != 0:
        raise Refused(last_line(run.err), data={"check": found})
    return {"check": found}


def bundled(session):
    """The bundled model's greedy and seeded tokens are those of the CPU, with subgroups and without."""
    differs, lines = [], []
    for name, sampling in (("greedy", ["--temp", "0"]), ("seeded", ["--temp", "0.8", "--seed", "7"])):
        common = ["run", "-p", "Once upon a time", "-n", str(TOKENS), "--ignore-eos", *sampling, *EXACT]
        want = session.ingot_json(*common, *session.device("cpu"))["tokens"]
        for label, more in (("subgroups", []), ("no subgroups", NO_SUBGROUPS)):
            got = session.ingot_json(*common, *session.device("webgpu", *more))["tokens"]
            same = next((i for i, pair in enumerate(zip(got, want)) if pair[0] != pair[1]), min(len(got), len(want)))
            lines.append(f"{name}, {label}: {same} of {len(want)} tokens equal")
            if got != want or len(want) != TOKENS:
                differs.append(lines[-1])
    if differs:
        raise Refused("; ".join(differs))
    return {"lines": lines}


def stories(session):
    """A small trained model's expected greedy tokens, with subgroups and without."""
    folder = os.path.join(session.pack, "stories260K")
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        entries = json.load(file)
    for index, entry in enumerate(entries):
        for label, more in (("subgroups", []), ("no subgroups", NO_SUBGROUPS)):
            # The expected tokens go on behind the context that the model was trained for.
            got = session.ingot_json("run", os.path.join(folder, "stories260K.gguf"), "-p", entry["prompt"], "-n",
                                     str(len(entry["generated"])), "--temp", "0", "--ignore-eos", "--ctx", "512", *EXACT,
                                     *session.device("webgpu", *more))
            if (got["prompt_tokens"], got["tokens"]) != (entry["prompt_tokens"], entry["generated"]):
                raise Refused(f"prompt {index}, {label}: the tokens are {got['tokens']}")
    return {"lines": [f"{len(entries)} prompts, with subgroups and without: all tokens as expected"]}


def rows_of(path, vocab, first, count, out):
    """Copies `count` rows of a logits file, from `first` on."""
    size = vocab * compare.VALUE_BYTES
    with open(path, "rb") as source, open(out, "wb") as target:
        source.seek(first * size)
        target.write(source.read(count * size))


def clear_choices(path, vocab, generated, gaps):
    """How many of the generated tokens a logits file chooses, up to the first choice without a clear gap."""
    with open(path, "rb") as file:
        for index, token in enumerate(generated):
            row = compare.read_row(file, vocab)
            if gaps is not None and gaps[index] < CLEAR_GAP:
                return index, True
            if compare.best(row) != token:
                return index, False
    return len(generated), True


def expected_logits(session, model, entry, folder, name, chunk):
    """One entry of an expected.json: its rows against the expected ones, and its choices. Gives the worst NMSE."""
    prompt, generated = entry["prompt_tokens"], entry["generated"]
    ids = ",".join(str(token) for token in prompt + generated[:-1])
    full, part, want = session.path("got.logits"), session.path("part.logits"), session.path("want.logits")
    session.ingot("logits", model, "--tokens", ids, "--out", full, "--chunk", str(chunk), *session.device("webgpu"), "--quiet")
    rows = entry.get("logit_rows", len(generated))
    rows_of(full, entry["n_vocab"], len(prompt) - 1, rows, part)
    rows_of(os.path.join(folder, entry["logits"]), entry["n_vocab"], 0, rows, want)
    result = compare.compare(part, want, entry["n_vocab"])
    if not result.worst <= MOST_NMSE:
        raise Refused(f"{name}: NMSE ({result.worst:.2e}) of row ({result.worst_row}) is more than ({MOST_NMSE})")
    rows_of(full, entry["n_vocab"], len(prompt) - 1, len(generated), part)
    gaps = entry.get("gaps")
    if gaps is not None or entry["min_top2_gap"] >= CLEAR_GAP:
        count, clear = clear_choices(part, entry["n_vocab"], generated, gaps)
        if not clear:
            raise Refused(f"{name}: token ({count}) is another one")
    return result.worst


def goldens(session):
    """The small models of every family: logits in one chunk and token by token."""
    folder = os.path.join(session.pack, "golden")
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        expected = json.load(file)
    lines, refused = [], []
    for name, entries in expected.items():
        for entry in entries:
            try:
                worst = max(expected_logits(session, os.path.join(folder, name + ".gguf"), entry,
                                            os.path.join(folder, "expected"), name, chunk) for chunk in (0, 1))
                lines.append(f"{name}: NMSE {worst:.1e}")
            except Refused as error:
                refused.append(str(error))
    if refused:
        raise Refused("; ".join(refused))
    return {"lines": lines}


def model_file(session, shape, form):
    """A synthetic model, made when first asked for."""
    path = session.path(f"{shape}-{form}.gguf")
    if os.path.exists(path):
        return path
    if form == "f16":
        session.ingot("make-model", shape, path, "--quiet")
    else:
        session.ingot("quantize", model_file(session, shape, "f16"), path, form, "--quiet")
    return path


def embedding_rows(session, path):
    return next(tensor["shape"][0] for tensor in session.ingot_json("inspect", path, "--tensors")["tensors"]
                if tensor["name"] == "token_embd.weight")


def parity(session, path):
    """Logits of the GPU against the CPU's exact ones, in one chunk and token by token. Gives the NMSE of each."""
    want, rows = session.path("want.logits"), embedding_rows(session, path)
    ids = ",".join(str((i * 7919 + 13) % rows) for i in range(TOKENS))
    vocab = session.ingot_json("logits", path, "--tokens", ids, "--out", want, *session.device("cpu"))["vocab"]
    found = {}
    for name, chunk in (("prefill", 0), ("decode", 1)):
        got = session.path(f"got-{name}.logits")
        session.ingot("logits", path, "--tokens", ids, "--out", got, "--chunk", str(chunk), *session.device("webgpu"), "--quiet")
        result = compare.compare(got, want, vocab)
        found[name] = {"nmse": result.total, "worst_row": result.worst, "same_best": result.same_best}
    return found


def bench(session, path):
    prefill, decode, rounds = (64, 8, 1) if session.quick else (512, 128, 5)
    with ClockWatch() as watch:
        data = session.ingot_json("bench", path, "-p", str(prefill), "-n", str(decode), "-r", str(rounds),
                                  *session.device("webgpu"))
    data["clocks_mhz"] = watch.clocks
    return data


def measure_model(session, path, row):
    """Parity and speed of one file; fills `row` of the report's table as it goes."""
    found = parity(session, path)
    row["nmse"] = max(part["worst_row"] for part in found.values())
    row["parity"] = found
    data = bench(session, path)
    row["bench"] = data
    row["prefill"] = data["prefill"]["tokens_per_second"]["median"]
    row["decode"] = data["decode"]["tokens_per_second"]["median"]
    row["share"] = data["decode"]["share_of_memory"]
    if not row["nmse"] <= MOST_NMSE:
        phase = max(found, key=lambda name: found[name]["worst_row"])
        raise Refused(f"NMSE ({row['nmse']:.2e}) in {phase} is more than ({MOST_NMSE})")
    return {"lines": [f"{name}: NMSE {part['nmse']:.1e}, worst row {part['worst_row']:.1e}, "
                      f"{part['same_best']} of {TOKENS} likeliest tokens equal" for name, part in found.items()]}


def long_context(session):
    """A long prompt: its speed, and a perplexity that is the CPU's."""
    shape, form = ("tiny", "f16") if session.quick else ("llama-3.2-1b", "f16")
    positions = 1000 if session.quick else LONG
    model, text = model_file(session, shape, form), session.path("long.txt")
    with open(text, "w", encoding="ascii") as out:
        out.write("".join(chr(97 + (i * i * 31 + i * 7) % 26) for i in range(positions + 8)))
    flags = ["--ctx", str(positions + 192)]
    run = session.ingot_json("run", model, "-f", text, "-n", "64", "--temp", "0", "--ignore-eos", *flags, *session.device("webgpu"))
    lines = [f"{len(run['prompt_tokens'])} tokens at {run['prefill_tokens_per_second']:.1f} tokens/s, then "
             f"{len(run['tokens'])} at {run['decode_tokens_per_second']:.1f}"]
    values = {}
    for device in ("webgpu", "cpu"):
        values[device] = session.ingot_json("perplexity", model, "-f", text, "--ctx", str(positions), *EXACT,
                                            *session.device(device))["perplexity"]
    drift = abs(values["webgpu"] / values["cpu"] - 1)
    lines.append(f"perplexity at {positions}: {values['webgpu']:.6g} against the CPU's {values['cpu']:.6g}")
    if not drift <= MOST_DRIFT:
        raise Refused(f"{lines[-1]}: off by ({drift:.2e}), more than ({MOST_DRIFT})")
    return {"lines": lines, "run": {key: run[key] for key in ("prefill_tokens_per_second", "decode_tokens_per_second")},
            "perplexity": values}


def kernel_bench(session, name="kernels", shapes="llama-1b"):
    """Each kernel that a model takes, alone, or those with a goal; NAME.html is the page of it."""
    flags = ["--phase", "decode", "--op", "add,silu"] if session.quick else []
    found = session.ingot_json("bench", "kernels", "--model", shapes, "--chosen", "--time", "0.2", "--html",
                               session.path(f"{name}.html"), *flags, *session.device("webgpu"))
    peaks = f"copies {found['memory_gb_per_second']:.1f} GB/s, multiplies and adds {found['f32_tflops']:.2f} TFLOP/s"
    return {"kernels": found, "lines": [peaks, *(kernel_line(shape) for shape in found["shapes"] if shape["rows"])]}


def kernel_line(shape):
    row = shape["rows"][0]
    what = f"{shape['phase']} {shape['op']} {shape['shape']}: {row['kernel']}"
    if not row["ok"]:
        return f"{what}: {row['message']}"
    rate = f"{row['gb_per_second']:.0f} GB/s" + (f", {row['tflops']:.2f} TFLOP/s" if shape["flops"] else "")
    rate += f", {row['share'] * 100:.0f} % of the {shape['bound']} bound" if "share" in row else ""
    return f"{what}: {row['median_us']:.1f} us, {rate}"


def expected_texts(session, model, folder):
    """A real model's expected tokens, first logits and texts."""
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        entries = json.load(file)
    lines = []
    for index, entry in enumerate(entries):
        worst = expected_logits(session, model, entry, folder, f"prompt {index}", 0)
        run = session.ingot_json("run", model, "-p", entry["prompt"], "-n", str(len(entry["generated"])), "--temp", "0",
                                 "--ignore-eos", *EXACT, *session.device("webgpu"))
        if min(entry["gaps"]) >= CLEAR_GAP and run["text"] != entry["text"]:
            raise Refused(f"prompt {index}: the text is ({run['text']!r}), wanted ({entry['text']!r})")
        lines.append(f"prompt {index}: NMSE {worst:.1e}, tokens and text as expected")
    return {"lines": lines}


def text_perplexity(session, model, text):
    values = {device: session.ingot_json("perplexity", model, "-f", text, *EXACT, *session.device(device))["perplexity"]
              for device in ("webgpu", "cpu")}
    line = f"perplexity {values['webgpu']:.5f}, on the CPU {values['cpu']:.5f}"
    if not abs(values["webgpu"] / values["cpu"] - 1) <= MOST_DRIFT:
        raise Refused(line)
    return {"lines": [line], "perplexity": values}
