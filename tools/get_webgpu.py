#!/usr/bin/env python3
"""Fetches the WebGPU library and its headers into a folder, build/webgpu unless another is named.

The library is wgpu-native. It comes inside a Python wheel, which pip downloads; this script checks it, takes three files
out of it and checks those again whenever it is run. Nothing of it is linked: the headers serve to compile, the library is
opened at run time.
"""
import argparse
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = "wgpu==0.32.0"  # carries wgpu-native 29.0.1.1
MACHINES = {
    "x86_64": {
        "platform": "manylinux_2_28_x86_64",
        "wheel": "6499a31b5a29a10b4f1089fea4a0806411f42605fa86b6c0b543a07ca0de8568",
        "files": {
            "libwgpu_native-release.so": "be0d8270dd9d78e1039eeb413ee21be8a89776a752e56d6b0f57eefbbc2d749c",
            "webgpu.h": "a483031c3fed05ea5dd1c74082a71676c46c5b2b820ccca10da515c033efc997",
            "wgpu.h": "7bd23656d394f620a804b1f174444ea17082b6d330a2fca0c0e6b1121ec4b284",
        },
    },
}


class Failure(Exception):
    """What went wrong, with the exit code that it deserves."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_present(folder: str, files: dict[str, str]) -> bool:
    for name, want in files.items():
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            if sha256(file.read()) != want:
                return False
    return True


def write_atomic(path: str, data: bytes) -> None:
    temporary = f"{path}.tmp.{os.getpid()}"
    try:
        with open(temporary, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def download(machine: dict, folder: str) -> str:
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
               "--only-binary=:all:", "--platform", machine["platform"], "-d", folder, PACKAGE]
    if subprocess.run(command, check=False).returncode != 0:
        raise Failure(4, f"cannot download {PACKAGE}; is pip there, and the package index reachable?")
    (wheel,) = [os.path.join(folder, name) for name in os.listdir(folder)]
    return wheel


def extract(wheel: str, machine: dict, folder: str) -> None:
    with open(wheel, "rb") as file:
        got = sha256(file.read())
    if got != machine["wheel"]:
        raise Failure(1, f"{os.path.basename(wheel)}: sha256 ({got}) is not ({machine['wheel']})")
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name, want in machine["files"].items():
            data = archive.read("wgpu/resources/" + name)
            if sha256(data) != want:
                raise Failure(1, f"{name}: sha256 ({sha256(data)}) is not ({want})")
            write_atomic(os.path.join(folder, name), data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "webgpu"), metavar="DIR")
    parser.add_argument("--wheel", metavar="FILE", help="a wheel that is here already, instead of a download")
    args = parser.parse_args()
    machine = MACHINES.get(platform.machine())
    try:
        if machine is None:
            raise Failure(3, f"no wheel is pinned for this machine ({platform.machine()}), only for "
                             f"({', '.join(sorted(MACHINES))})")
        if is_present(args.out, machine["files"]):
            return 0
        with tempfile.TemporaryDirectory() as folder:
            extract(args.wheel or download(machine, folder), machine, args.out)
    except Failure as failure:
        print(f"get_webgpu: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        print(f"get_webgpu: {error}", file=sys.stderr)
        return 4
    print(f"{args.out}: {PACKAGE}, checked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
