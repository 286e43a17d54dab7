"""Running the binary: each command with a time limit, its output kept, and what a step's verdict is made of."""
import json
import os
import signal
import subprocess
import threading
import time

PASSED, FAILED, TIMEOUT, SKIPPED = "passed", "FAILED", "TIMEOUT", "skipped"


class Refused(Exception):
    """A step does not pass; `verdict` says how, the message why, `data` is what the report keeps all the same."""

    def __init__(self, message, verdict=FAILED, data=None):
        super().__init__(message)
        self.verdict, self.data = verdict, data or {}


class Finished:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def json(self):
        return json.loads(self.out)


def last_line(text):
    lines = [line for line in text.strip().split("\n") if line and "XDG_RUNTIME_DIR" not in line]
    return lines[-1] if lines else ""


class Session:
    """The binary, its environment, the device it runs on, and a folder for what is made on the way."""

    def __init__(self, pack, work, env, adapter, quick):
        self.pack, self.work, self.env, self.adapter, self.quick = pack, work, env, adapter, quick
        self.binary = os.path.join(pack, "ingot")
        self.deadline = None  # of the step

    def device(self, kind, *more):
        """Flags that choose a device."""
        if kind == "cpu":
            return ["--device", "cpu"]
        return ["--device", "webgpu", *(["--adapter", self.adapter] if self.adapter else []), *more]

    def path(self, name):
        return os.path.join(self.work, name)

    def command(self, args, env=None):
        """Runs a program to its end; past the step's deadline it is killed with its children."""
        left = self.deadline - time.monotonic()
        start = time.monotonic()
        process = subprocess.Popen(args, env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                   start_new_session=True)
        try:
            out, err = process.communicate(timeout=max(left, 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Refused(f"`{self.shown(args)}` was ended at the step's limit", TIMEOUT) from None
        return Finished(process.returncode, out, err, time.monotonic() - start)

    def shown(self, args):
        return " ".join(os.path.basename(arg) if os.path.isabs(arg) else arg for arg in args)

    def ingot(self, *args):
        """Runs the binary; anything but success refuses the step."""
        run = self.command([self.binary, *args])
        if run.code != 0:
            raise Refused(f"`{self.shown(['ingot', *args])}` ended with {run.code}: {last_line(run.err or run.out)}")
        return run

    def ingot_json(self, *args):
        run = self.ingot(*args, "--json")
        try:
            return run.json()
        except ValueError as error:
            raise Refused(f"`{self.shown(['ingot', *args])}` printed no JSON: {error}") from None


class ClockWatch:
    """The highest clocks that nvidia-smi shows while a block runs; nothing where there is no nvidia-smi."""

    QUERY = ["nvidia-smi", "--query-gpu=clocks.sm,clocks.mem", "--format=csv,noheader,nounits"]

    def __init__(self):
        self.clocks = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._stop.wait(0.5):
            try:
                run = subprocess.run(self.QUERY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=10,
                                     check=True)
                now = [int(part) for part in run.stdout.strip().split("\n")[0].split(",")]
            except (OSError, ValueError, subprocess.SubprocessError):
                return
            self.clocks = [max(pair) for pair in zip(now, self.clocks or now)]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join()
