"""Brings Vulkan up on a bare machine: libraries that the system lacks, drivers that the loader does not find by itself,
and, where nothing helps, what is missing.
"""
import glob
import json
import os
import shutil
import subprocess
import sys

DRIVER_FOLDERS = ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/nvidia/share/vulkan/icd.d",
                  "/usr/local/share/vulkan/icd.d", "/run/opengl-driver/share/vulkan/icd.d")
NVIDIA_FOLDERS = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu/nvidia/current",
                  "/usr/lib64/nvidia", "/usr/lib/nvidia", "/run/opengl-driver/lib")
NVIDIA_LIBRARIES = ("libGLX_nvidia.so.0", "libEGL_nvidia.so.0")
EGL_VENDOR = "/usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json"


def open_error(library, env):
    """Why the system's loader cannot open a library; empty if it can. Asked in a process of its own."""
    script = "import ctypes, sys\ntry:\n    ctypes.CDLL(sys.argv[1])\nexcept OSError as error:\n    print(error)\n"
    run = subprocess.run([sys.executable, "-c", script, library], env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    if run.returncode != 0:
        return f"opening it ended the process ({run.returncode})"
    return run.stdout.strip()


def extend(env, variable, folder):
    env[variable] = ":".join(filter(None, [env.get(variable, ""), folder]))


def add_libraries(pack, work, env, notes):
    """Puts the libraries of the pack that this system lacks, and only those, on the loader's path."""
    chosen = os.path.join(work, "libs")
    os.makedirs(chosen, exist_ok=True)
    source = os.path.join(pack, "libs")
    names = sorted(name for name in os.listdir(source) if ".so" in name) if os.path.isdir(source) else []
    missing = [name for name in names if "cannot open shared object file" in open_error(name, env)]
    for name in missing:
        shutil.copy(os.path.join(source, name), os.path.join(chosen, name))
    if missing:
        notes.append("libraries taken from the pack, since this system lacks them: " + ", ".join(missing))
        extend(env, "LD_LIBRARY_PATH", chosen)


def add_nvidia(env, notes):
    """Puts the folder of NVIDIA's driver on the loader's path where the system does not know it."""
    if not all("cannot open shared object file" in open_error(name, env) for name in NVIDIA_LIBRARIES):
        return
    for folder in NVIDIA_FOLDERS:
        if any(os.path.exists(os.path.join(folder, name)) for name in NVIDIA_LIBRARIES):
            extend(env, "LD_LIBRARY_PATH", folder)
            notes.append(f"NVIDIA's driver found in {folder}")
            return


def list_adapters(pack, env):
    """What `ingot doctor` says: the adapters, and why there are none."""
    command = [os.path.join(pack, "ingot"), "doctor", "--device", "cpu", "--no-peaks", "--json"]
    run = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                         check=False)
    try:
        found = json.loads(run.stdout)
    except ValueError:
        return [], f"ingot doctor ended with {run.returncode}: {run.stderr.strip()}"
    message = next((row["message"] for row in found["devices"] if row["kind"] == "webgpu"), "")
    return found["adapters"], message


def matches(adapters, wanted):
    """The adapters that serve: those that are named, else real GPUs."""
    if wanted:
        text = lambda adapter: " ".join((adapter["name"], adapter["driver"], adapter["backend"])).lower()
        return [adapter for adapter in adapters if wanted.lower() in text(adapter)]
    return [adapter for adapter in adapters if adapter["type"] != "cpu"]


def driver_files():
    files = []
    for folder in DRIVER_FOLDERS:
        files += sorted(glob.glob(os.path.join(folder, "*nvidia*.json")))
        files += sorted(path for path in glob.glob(os.path.join(folder, "*.json")) if "nvidia" not in path)
    return files


def own_driver_files(work):
    """Driver files for NVIDIA's libraries, for machines that have the libraries alone."""
    files = []
    for library in NVIDIA_LIBRARIES:
        path = os.path.join(work, library.split(".")[0] + ".json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"file_format_version": "1.0.0", "ICD": {"library_path": library, "api_version": "1.3.0"}}, out)
        files.append(path)
    return files


def missing_parts(env, pack):
    """One line for each thing that stands in the way of an adapter."""
    lines = []
    for name in ("libvulkan.so.1",) + NVIDIA_LIBRARIES:
        error = open_error(name, env)
        if error:
            lines.append(f"{name}: {error}")
    if not glob.glob("/dev/nvidia[0-9]*") and not glob.glob("/dev/dri/renderD*") and not os.path.exists("/dev/dxg"):
        lines.append("no GPU's device file: neither /dev/nvidia0 nor /dev/dri/renderD128 nor /dev/dxg is there")
    for path in driver_files():
        try:
            with open(path, encoding="utf-8") as file:
                library = json.load(file)["ICD"]["library_path"]
        except (OSError, ValueError, KeyError) as error:
            lines.append(f"{path}: {error}")
            continue
        if "/" in library and not os.path.isabs(library):
            library = os.path.join(os.path.dirname(path), library)
        error = open_error(library, env)
        lines.append(f"{path}: {library}: {error or 'opens'}")
    if not driver_files():
        lines.append("no driver file in " + ", ".join(DRIVER_FOLDERS))
    if any(line.startswith("libGLX_nvidia.so.0:") for line in lines):
        lines.append("where /dev/nvidia0 is there, the driver may be installed for computing only: a container needs "
                     "NVIDIA_DRIVER_CAPABILITIES=all, a machine the driver's package with OpenGL and Vulkan")
    return lines


def bring_up(pack, work, wanted):
    """The environment to run with, the adapters it gives, and notes on how. Without an adapter, the notes say why."""
    env, notes = dict(os.environ), []
    env.setdefault("NODEVICE_SELECT", "1")  # a layer of Mesa that looks for a screen
    add_libraries(pack, work, env, notes)
    add_nvidia(env, notes)
    if os.path.exists(EGL_VENDOR):
        env.setdefault("__EGL_VENDOR_LIBRARY_FILENAMES", EGL_VENDOR)
    adapters, message = list_adapters(pack, env)
    if matches(adapters, wanted):
        return env, matches(adapters, wanted), notes
    for path in driver_files() + own_driver_files(work):
        tried = dict(env, VK_DRIVER_FILES=path, VK_ICD_FILENAMES=path)
        adapters, _ = list_adapters(pack, tried)
        if matches(adapters, wanted):
            notes.append(f"VK_DRIVER_FILES={path}")
            return tried, matches(adapters, wanted), notes
    return env, [], notes + [f"no adapter: {message}"] + missing_parts(env, pack)
