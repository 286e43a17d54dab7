#!/usr/bin/env python3
"""Checks and measures Ingot on this machine's GPU, with the files of one folder and nothing else, and writes
report.json and report.txt. A step that fails does not end the run; the report is written after each step.
"""
import argparse
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import report
import steps
import vulkan
from session import FAILED, PASSED, SKIPPED, Refused, Session


def gpu_facts():
    query = "name,driver_version,memory.total,clocks.max.sm,power.limit"
    try:
        run = subprocess.run(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip().replace("\n", "; ") if run.returncode == 0 else ""


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def machine_facts(pack):
    binary = os.path.join(pack, "ingot")
    with open(os.path.join(pack, "build.txt"), encoding="utf-8") as file:
        build = file.read().strip()
    version = subprocess.run([binary, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                             check=False).stdout.strip()
    return {"version": f"{version} ({build})", "gpu": gpu_facts(), "cpu": cpu_name(), "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}, libc {platform.libc_ver()[1]}",
            "python": platform.python_version()}


def model_steps(args, models):
    """The steps that measure a model each: name, limit in seconds, function. Each adds its row to `models`."""
    def measure(session, name, form, find):
        row = {"model": name, "format": form, "verdict": FAILED}
        models.append(row)
        data = steps.measure_model(session, find(session), row)
        row["verdict"] = PASSED
        return data

    found = []
    for shape in ("tiny",) if args.quick else steps.SHAPES:
        for form in steps.FORMATS:
            find = functools.partial(lambda session, shape, form: steps.model_file(session, shape, form), shape=shape, form=form)
            found.append((f"{shape}-{form}", 240, functools.partial(measure, name=shape, form=form, find=find)))
    for path in args.model:
        name = os.path.basename(path)[:-len(".gguf")] if path.endswith(".gguf") else os.path.basename(path)
        found.append((name, 300, functools.partial(measure, name=name, form="as given", find=lambda session, path=path: path)))
        if args.expect:
            found.append((f"{name}-expected", 300,
                          lambda session, path=path: steps.expected_texts(session, path, args.expect)))
        if args.text:
            found.append((f"{name}-perplexity", 300,
                          lambda session, path=path: steps.text_perplexity(session, path, args.text)))
    return found


def all_steps(args, models):
    return [("doctor", 120, steps.doctor),
            ("device", 180, steps.device_suite),
            ("bundled", 180, steps.bundled),
            ("goldens", 180, steps.goldens),
            *([("stories", 180, steps.stories)] if os.path.isdir(os.path.join(args.pack, "stories260K")) else []),
            *model_steps(args, models),
            ("kernels", 180, steps.kernel_bench),
            *([] if args.quick else [("goals", 120, functools.partial(steps.kernel_bench, name="goals", shapes="goals"))]),
            ("conformance", 240, steps.conformance),
            ("context", 300, steps.long_context)]


def run_step(session, name, limit, function, end):
    """The step's entry in the report."""
    start = time.monotonic()
    session.deadline = min(start + limit, end)
    entry = {"name": name, "verdict": PASSED, "message": "", "seconds": 0}
    if start >= end:
        return {**entry, "verdict": SKIPPED, "message": "the time of the whole run is used up"}
    try:
        entry.update(function(session))
    except Refused as refused:
        entry.update(refused.data, verdict=refused.verdict, message=str(refused))
    except (OSError, ValueError, KeyError, StopIteration) as error:
        entry.update(verdict=FAILED, message=f"{type(error).__name__}: {error}")
    entry["seconds"] = time.monotonic() - start
    return entry


def write_report(folder, result):
    for name, text in (("report.json", json.dumps(result, indent=1) + "\n"), ("report.txt", report.as_text(result))):
        path = os.path.join(folder, name)
        with open(path + ".tmp", "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(path + ".tmp", path)


def parse():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", default=".", metavar="DIR", help="folder for the report (default: the current one)")
    parser.add_argument("--work", metavar="DIR", help="folder for synthetic models, up to 7 GB (default: a temporary one)")
    parser.add_argument("--adapter", default="", metavar="TEXT", help="the GPU whose name contains this; needed for a software one")
    parser.add_argument("--quick", action="store_true", help="small models and short runs: does it work at all")
    parser.add_argument("--only", action="append", default=[], metavar="STEP",
                        help="only steps whose name begins so; repeatable (`--only list` lists them)")
    parser.add_argument("--limit", type=float, default=1500, metavar="SECONDS", help="for the whole run (default 1500)")
    parser.add_argument("--model", action="append", default=[], metavar="FILE", help="a GGUF file to check and measure; repeatable")
    parser.add_argument("--expect", metavar="DIR", help="the models' expected.json with tokens, texts and logits")
    parser.add_argument("--text", metavar="FILE", help="a text whose perplexity the models are compared by")
    args = parser.parse_args()
    for name in ("model", "expect", "text", "pack"):
        value = getattr(args, name)
        setattr(args, name, [os.path.abspath(path) for path in value] if isinstance(value, list)
                else value and os.path.abspath(value))
    return args


def run(args, work):
    models, end = [], time.monotonic() + args.limit
    chosen = all_steps(args, models)
    if args.only:
        chosen = [step for step in chosen if any(step[0].startswith(name) for name in args.only)]
    if not chosen:
        print("steps:", " ".join(step[0] for step in all_steps(args, [])))
        return 2
    env, adapters, notes = vulkan.bring_up(args.pack, work, args.adapter)
    facts = {**machine_facts(args.pack), "adapters": adapters}
    result = {"version": 1, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "quick": args.quick,
              "facts": facts, "notes": notes, "steps": [], "models": models}
    session = Session(args.pack, work, env, args.adapter, args.quick)
    for name, limit, function in chosen if adapters else []:
        print(f"{name} ...", file=sys.stderr, flush=True)
        result["steps"].append(run_step(session, name, limit, function, end))
        print(f"{name}: {result['steps'][-1]['verdict']} {result['steps'][-1]['message']}", file=sys.stderr, flush=True)
        if os.path.exists(session.path(f"{name}.html")):
            shutil.copy(session.path(f"{name}.html"), args.out)
        write_report(args.out, result)
    write_report(args.out, result)
    print(report.as_text(result), end="")
    if not adapters:
        return 3
    return 0 if all(step["verdict"] == PASSED for step in result["steps"]) else 1


def main():
    args = parse()
    os.makedirs(args.out, exist_ok=True)
    if args.work:
        os.makedirs(args.work, exist_ok=True)
        return run(args, os.path.abspath(args.work))
    work = tempfile.mkdtemp(prefix="ingot-pack.")
    try:
        return run(args, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
