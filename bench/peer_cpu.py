#!/usr/bin/env python3
"""Speed of Ingot against llama.cpp on this machine's CPU, in one run, as ratios.

  bench/peer_cpu.py [--models gemma3-270m,qwen2.5-0.5b-q8_0,...] [--rounds 3] [--threads N] [--json FILE]

The peer is the Python package llama-cpp-python, built here from source into build/peer (once, some 20 minutes a
configuration). Two builds are tried, the package's defaults and one without the AMX path, which crashes on Q5_0 tensors;
the better working one counts, for prefill and decode each, with and without flash attention. Rounds alternate between
Ingot and the peer, and the median of the rounds is compared. The synthetic models hold random numbers in real shapes.
Weights read per second (bytes of all weights that a decode step reads, over its time) stand beside a read-bandwidth probe
that this script writes, compiles and runs.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEER_VERSION = "0.3.36"
AVX512 = ("-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON -DGGML_AVX512=ON "
          "-DGGML_AVX512_VBMI=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_BF16=ON")
AVX2 = "-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON"
# name: (base model of the generator, format or None for a fetched model)
MODELS = {
    "gemma3-270m-q4_k_m": None,
    "qwen2.5-0.5b-q8_0": ("qwen2.5-0.5b", "q8_0"),
    "qwen2.5-0.5b-q4_k_m": ("qwen2.5-0.5b", "q4_k_m"),
    "llama-3.2-1b-q4_k_m": ("llama-3.2-1b", "q4_k_m"),
}

# Runs inside the peer's virtual environment: one model, prints one JSON line.
PEER_CODE = r"""
import ctypes, json, sys, time
import llama_cpp as lc
path, threads, prompt, decode, flash = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "1"
model = lc.Llama(path, n_ctx=prompt + decode + 64, n_batch=512, n_ubatch=512, n_threads=threads, n_threads_batch=threads,
                 flash_attn=flash, verbose=False)
context, vocab = model._ctx.ctx, model.n_vocab()
def run(tokens):
    array = (lc.llama_token * len(tokens))(*tokens)
    assert lc.llama_decode(context, lc.llama_batch_get_one(array, len(tokens))) == 0
    lc.llama_get_logits(context)
def clear():
    lc.llama_memory_clear(lc.llama_get_memory(context), True)
tokens = [(i * 7919 + 13) % (vocab - 10) for i in range(prompt)]
run(tokens[:64])
best = {}
clear()
start = time.perf_counter()
run(tokens)
best["prefill"] = prompt / (time.perf_counter() - start)
clear()
run(tokens[:16])
start = time.perf_counter()
for i in range(decode):
    run([tokens[i % prompt]])
best["decode"] = decode / (time.perf_counter() - start)
print(json.dumps(best))
"""

PROBE = r"""
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>
int main(int, char** argv) {
  const int threads = std::atoi(argv[1]);
  const size_t words = (size_t{1} << 30) / 8;
  std::vector<uint64_t> data(words, 1);
  double best = 0;
  volatile uint64_t sink = 0;
  for (int round = 0; round < 7; ++round) {
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
      pool.emplace_back([&, t] {
        uint64_t sums[32] = {};
        const size_t begin = words / threads * t, end = words / threads * (t + 1);
        for (size_t i = begin; i + 32 <= end; i += 32) {
          for (int j = 0; j < 32; ++j) sums[j] += data[i + j];
        }
        uint64_t total = 0;
        for (uint64_t sum : sums) total += sum;
        sink = sink + total;
      });
    }
    for (auto& thread : pool) thread.join();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (words * 8 / seconds / 1e9 > best) best = words * 8 / seconds / 1e9;
  }
  std::printf("%.2f\n", best);
}
"""


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def clean_environment():
    """The environment without settings that pin OpenBLAS to an old core."""
    return {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}


def bandwidth(threads):
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "probe.cc"), os.path.join(folder, "probe")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <cstdlib>\n" + PROBE)
        run(["c++", "-O3", "-march=native", "-pthread", source, "-o", binary])
        return {count: float(run([binary, str(count)])) for count in sorted({1, threads})}


def peer_builds(folder):
    flags = open("/proc/cpuinfo", encoding="ascii").read()
    portable = AVX512 if "avx512_bf16" in flags and "avx512_vbmi" in flags else AVX2
    builds = {}
    for name, cmake in (("portable", portable), ("native", "")):
        venv = os.path.join(folder, name)
        python = os.path.join(venv, "bin", "python")
        if not os.path.exists(os.path.join(venv, "ready")):
            print(f"building the peer ({name}); this takes a while", file=sys.stderr)
            run([sys.executable, "-m", "venv", venv])
            environment = dict(os.environ, CMAKE_ARGS=cmake + " -DLLAVA_BUILD=OFF -DMTMD_BUILD=OFF")
            subprocess.run([python, "-m", "pip", "install", "-q", "--no-binary", "llama-cpp-python",
                            f"llama-cpp-python=={PEER_VERSION}"], check=True, env=environment)
            open(os.path.join(venv, "ready"), "w", encoding="ascii").close()
        builds[name] = python
    return builds


def model_file(name, args):
    if MODELS[name] is None:
        run([sys.executable, os.path.join(ROOT, "tools", "get_model.py"), "gemma3-270m"])
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        return os.path.join(base, "ingot", "models", "gemma3-270m.gguf")
    shape, target = MODELS[name]
    os.makedirs(args.model_dir, exist_ok=True)
    path = os.path.join(args.model_dir, name + ".gguf")
    if not os.path.exists(path):
        source = os.path.join(args.model_dir, shape + "-f16.gguf")
        if not os.path.exists(source):
            run([args.generator_python, args.generator, shape, "--ftype", "f16", "--out", args.model_dir,
                 "--vocab-dir", args.vocab_dir])
        run([args.ingot, "quantize", source, path, target])
    return path


def median_of(runs, key):
    return statistics.median(entry[key] for entry in runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.path.join(ROOT, "..", "shared")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--ingot", default=os.path.join(ROOT, "build", "release", "bin", "ingot"))
    parser.add_argument("--ingot-args", default="", help="further arguments of `ingot bench`")
    parser.add_argument("--peer-dir", default=os.path.join(ROOT, "build", "peer"))
    parser.add_argument("--model-dir", default=os.path.join(ROOT, "build", "bench-models"))
    parser.add_argument("--generator", default=os.path.join(shared, "tools", "make_gguf.py"),
                        help="writes synthetic models in real shapes")
    parser.add_argument("--generator-python", default="/usr/bin/python3", help="a Python with numpy")
    parser.add_argument("--vocab-dir", default=os.path.join(shared, "data", "vocab"))
    parser.add_argument("--json", help="write the figures here")
    args = parser.parse_args()

    names = args.models.split(",")
    for name in names:
        if name not in MODELS:
            sys.exit(f"peer_cpu: unknown model ({name}); there are: {', '.join(MODELS)}")
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="ascii") if "model name" in line),
               platform.processor())
    probe = bandwidth(args.threads)
    builds = peer_builds(args.peer_dir)
    environment = clean_environment()
    report = {"cpu": cpu, "threads": args.threads, "prompt": args.prompt, "decode": args.decode, "rounds": args.rounds,
              "peer": f"llama-cpp-python {PEER_VERSION}", "read_gb_per_second": probe, "models": {}}
    print(f"{cpu}, {args.threads} threads; read bandwidth GB/s: "
          + ", ".join(f"{value} with {count}" for count, value in probe.items()))
    print(f"{'model':24} {'what':8} {'ingot':>9} {'peer':>9} {'ratio':>6}  {'spread of ingot':18} {'weights GB/s':>12}  peer's build")
    for name in names:
        path = model_file(name, args)
        ours, theirs, failed = [], {}, {}
        for _ in range(args.rounds):
            ours.append(json.loads(run([args.ingot, "bench", path, "--device", "cpu", "-p", str(args.prompt), "-n", str(args.decode), "-r", "1",
                                        "--threads", str(args.threads), "--numerics", "fast", "--json",
                                        *args.ingot_args.split()], env=environment)))
            for build, python in builds.items():
                for flash in ("0", "1"):
                    key = build + (", flash attention" if flash == "1" else "")
                    if key in failed:
                        continue
                    try:
                        output = run([python, "-c", PEER_CODE, path, str(args.threads), str(args.prompt), str(args.decode),
                                      flash], env=environment)
                        theirs.setdefault(key, []).append(json.loads(output.strip().splitlines()[-1]))
                    except subprocess.CalledProcessError as error:
                        failed[key] = f"exit {error.returncode}"
        entry = {"peer_failed": failed}
        for what in ("prefill", "decode"):
            speeds = [bench[what]["tokens_per_second"]["median"] for bench in ours]
            best = max(theirs, key=lambda key: median_of(theirs[key], what))
            mine, peer = statistics.median(speeds), median_of(theirs[best], what)
            weights = ours[0]["decode"]["weight_bytes"] * mine / 1e9 if what == "decode" else None
            entry[what] = {"ingot": mine, "peer": peer, "ratio": mine / peer, "peer_build": best, "ingot_rounds": speeds,
                           "peer_rounds": {key: [r[what] for r in value] for key, value in theirs.items()},
                           "weights_gb_per_second": weights}
            print(f"{name:24} {what:8} {mine:9.1f} {peer:9.1f} {mine / peer:6.2f}  {min(speeds):8.1f}..{max(speeds):<8.1f} "
                  f"{'' if weights is None else format(weights, '12.1f'):>12}  {best}", flush=True)
        for key, why in failed.items():
            print(f"{name:24} peer's build ({key}) failed: {why}")
        report["models"][name] = entry
    if args.json:
        with open(args.json, "w", encoding="ascii") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
