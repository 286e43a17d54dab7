#!/usr/bin/env python3
"""Writes docs/kernels.md from what the kernels say of themselves and from test/kernels/coverage.txt; with --check only
says whether the page is current. Either way it fails on a line of the coverage without a kernel, variant or test, and on
a WGSL file that nothing uses."""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WGSL = ROOT / "ingot/kernels/wgsl"
LINE = re.compile(r"(\S+) (\S+) => ([^;]+?)(?:; (.+))?")
CASE = "Kernels/WebgpuConformanceTest.Holds/"


def header(path):
    """The header lines of a file by kind."""
    lines = {}
    for line in path.read_text().splitlines():
        found = re.match(r"//! (\w+): (.*)", line)
        if not found:
            break
        lines.setdefault(found[1], []).append(found[2])
    return lines


def read_coverage(text, kernels, tests):
    """Rows (original, kernels, difference), each proved by a test; errors with the line's number."""
    rows, errors, seen = [], [], set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        where = f"coverage.txt:{number}: "
        if not found:
            errors.append(f"{where}({line}) is not FILE ENTRY => KERNEL/VARIANT")
            continue
        original, difference = f"{found[1]}: {found[2]}", found[4]
        if original in seen:
            errors.append(f"{where}({original}) stands twice")
        seen.add(original)
        targets = found[3].split(" + ")
        if targets == ["none"]:
            if not difference:
                errors.append(f"{where}no kernel and no reason")
            targets = []
        for target in targets:
            kernel, _, variant = target.partition("/")
            if kernel not in kernels:
                errors.append(f"{where}no kernel ({kernel})")
            elif variant not in kernels[kernel]["variants"]:
                errors.append(f"{where}kernel ({kernel}) has no variant ({variant})")
            elif kernel not in tests:
                errors.append(f"{where}no test of kernel ({kernel})")
        rows.append((original, targets, difference))
    return rows, errors


def unused(kernels, coverage, ops):
    """Files that neither an op, the selection, a program's source, the coverage nor another file names."""
    files = sorted(WGSL.rglob("*.wgsl"))
    sources = "".join(p.read_text() for folder in ("ir", "kernels", "model", "runtime", "tune", "cli", "verify")
                      for p in sorted((ROOT / "ingot" / folder).rglob("*.cc")))
    named = {"ports"} | set(re.findall(r"\w+", (WGSL / "select.txt").read_text()))
    named |= {target.split("/")[0] for _, targets, _ in coverage for target in targets}
    headers = {path: header(path) for path in files}
    for lines in headers.values():
        for kind in ("use", "slot", "fill", "kernel"):
            for text in lines.get(kind, []):
                named |= set(re.findall(r"\w+", text))
    errors = []
    for path in files:
        name = path.stem.removesuffix("_subgroups")
        serves = {row["op"] for row in kernels.values() if row.get("file", "").endswith("/" + path.name)}
        if name in named or serves & ops or f'"{name}' in sources or "kernel" in headers[path]:
            continue  # the last: a recipe, which has no code of its own
        if path.parent.name == "stage" and re.search(rf"\b{name}\b", (ROOT / "docs/kernel-authoring.md").read_text()):
            continue  # for fills on demand
        errors.append(f"{path.relative_to(ROOT)}: nothing uses it, and coverage.txt does not name it")
    return errors


def section(row, uses):
    path = WGSL / row["file"]
    lines = header(path)
    out = [f"## {row['name']}", "", f"`{row['file']}`, op `{row['op']}`: `{row['formula']}`", ""]
    phase = row["phase"] or "both"
    out += [f"- phase: {phase}; grid: `{row['grid']}`; tolerance: `{row['tolerance']}`",
            "- bindings: " + ", ".join(f"`{b['name']}` {b['access']}" for b in row["bindings"]),
            "- uniforms: " + (", ".join(f"`{u}`" for u in row["uniforms"]) or "none")]
    if row["requirements"]:
        out.append("- requires: " + ", ".join(f"`{r}`" for r in row["requirements"]))
    if "shared" in lines:
        out.append(f"- workgroup memory: `{lines['shared'][0]}` bytes")
    if uses:
        out.append("- does the work of: " + ", ".join(uses))
    out += ["", "| override | class | values | default |", "|---|---|---|---|"]
    out += [f"| `{o['name']}` | {o['class']} | `{o['range']}` | {o['default']:g} |" for o in row["overrides"]]
    pins = dict(re.fullmatch(r"(\w+) \{ ?(.*?) ?\}", text).groups() for text in lines.get("variant", []))
    out += ["", "| variant | pins |", "|---|---|"]
    out += [f"| `{v}` | {f'`{pins[v]}`' if pins.get(v) else 'nothing'} |" for v in row["variants"]]
    return out + [""]


def page(kernels, coverage):
    out = ["# The WGSL kernels", "",
           "Written by `tools/kernel_docs.py` from the headers of `ingot/kernels/wgsl` and `test/kernels/coverage.txt`; do not",
           "edit. [kernel-authoring.md](kernel-authoring.md) says what the words mean.", ""]
    for name in sorted(kernels):
        uses = [original for original, targets, _ in coverage if name in {t.split("/")[0] for t in targets}]
        out += section(kernels[name], uses)
    out += ["## Coverage", "", "| entry point | here | differs | test |", "|---|---|---|---|"]
    for original, targets, difference in coverage:
        tests = ", ".join(sorted({f"`{CASE}{t.split('/')[0]}`" for t in targets}))
        here = " + ".join(f"`{t}`" for t in targets) or "none"
        out.append(f"| {original} | {here} | {difference or ''} | {tests} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="ingot")
    parser.add_argument("tests", help="verify_webgpu_test")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    run = lambda *command: subprocess.run(command, check=True, capture_output=True, text=True).stdout
    listed = json.loads(run(args.binary, "kernels", "list", "--target", "webgpu", "--json"))
    kernels = {row["name"]: row for row in listed}
    tests = set(re.findall(r"^  Holds/(\w+)", run(args.tests, "--gtest_list_tests"), re.M))
    coverage, errors = read_coverage((ROOT / "test/kernels/coverage.txt").read_text(), kernels, tests)
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "docs/ops.md").read_text(), re.M)
    ops = set(re.findall(r"\w+", " ".join(table)))
    errors += unused(kernels, coverage, ops)
    target = ROOT / "docs/kernels.md"
    if not errors and not args.check:
        target.write_text(page(kernels, coverage))
    elif not errors and (not target.exists() or target.read_text() != page(kernels, coverage)):
        errors.append(f"docs/kernels.md is not current: run tools/kernel_docs.py {args.binary} {args.tests}")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
