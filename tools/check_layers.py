#!/usr/bin/env python3
"""Holds every #include in ingot/, test/, bench/ and tools/ against the law: the DEPS of ingot/CMakeLists.txt, the table
of docs/architecture.md, and the fences (which library headers may stand in which files)."""
import argparse
import os
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# (what, pattern of the header, pattern of the files that may include it)
FENCES = [
    ("MLIR and LLVM", r"^(mlir|llvm)/", r"^(ingot/ir/(?!graph\.h$|compiler\.h$)|tools/)"),
    ("WebGPU", r"^(webgpu/)?(webgpu|wgpu)\.h$", r"^ingot/runtime/webgpu/"),
    ("the YAML library", r"^yaml-cpp/", r"^ingot/profile/[a-z_]+\.cc$"),
    ("the JSON library", r"^nlohmann/", r"^ingot/base/json\.cc$"),
    ("HTTP", r"^(httplib\.h|curl/)", r"^ingot/(serve|llm)/http[a-z_]*\.(h|cc)$"),
    ("Torch", r"^torch/", r"^ingot/verify/torch_"),
    ("the command line library", r"^CLI/", r"^ingot/cli/"),
]


def module_deps(root: str) -> dict[str, set[str]]:
    text = Path(root, "ingot/CMakeLists.txt").read_text(encoding="utf-8")
    text = re.sub(r"#[^\n]*", "", text)
    deps = {}
    for body in re.findall(r"ingot_module\(([^)]*)\)", text):
        words = body.split()
        name = words[words.index("NAME") + 1]
        deps[name] = set()
        if "DEPS" in words:
            for word in words[words.index("DEPS") + 1:]:
                if word.isupper():
                    break
                deps[name].add(word)
    return deps


def documented_deps(root: str) -> dict[str, set[str]]:
    deps = {}
    for line in Path(root, "docs/architecture.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\|\s*\d\s*\|\s*`(\w+)`\s*\|.*\|\s*([^|]+?)\s*\|\s*$", line)
        if match:
            deps[match.group(1)] = set() if match.group(2) == "nothing of ours" else set(match.group(2).split())
    return deps


def sources(root: str):
    for top in ("ingot", "test", "bench", "tools"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            for file in sorted(files):
                if file.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(folder, file), root)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = parser.parse_args().root
    errors = []
    deps, documented = module_deps(root), documented_deps(root)
    for name, wanted in deps.items():
        if name == "cli":
            continue
        if name not in documented:
            errors.append(f"docs/architecture.md: module ({name}) is not in the table")
        elif not wanted <= documented[name]:
            errors.append(f"ingot/CMakeLists.txt: module ({name}) depends on ({' '.join(sorted(wanted - documented[name]))}), "
                          "which docs/architecture.md does not allow")
    for path in sources(root):
        text = Path(root, path).read_text(encoding="utf-8")
        parts = path.split("/")
        own = parts[1] if parts[0] == "ingot" else None
        for kind, header in INCLUDE.findall(text):
            for what, pattern, allowed in FENCES:
                if re.match(pattern, header) and not re.match(allowed, path):
                    errors.append(f"{path}: includes ({header}): {what} stays inside {allowed}")
            if kind == '"' and header.startswith("ingot/"):
                if not header.endswith(".inc") and not os.path.exists(os.path.join(root, header)):
                    errors.append(f"{path}: includes ({header}), which does not exist")
                module = header.split("/")[1]
                if own and own != module and module not in deps.get(own, set()):
                    errors.append(f"{path}: module ({own}) may not include ({header}): DEPS are ({' '.join(sorted(deps.get(own, [])))})")
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
