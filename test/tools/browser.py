"""Runs a page in headless Chromium, on its GPU in software, and waits for what it reports.

The page comes from a server on 127.0.0.1 that shows some folders and takes one POST to /result. What is posted to a
path below /data becomes a file there.
"""
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

SKIPPED = 77
FLAGS = ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader",
         "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = {"web": os.path.join(ROOT, "web"), "test": os.path.join(ROOT, "test", "browser")}


def find_chromium():
    """Its path. Ends the test where there is none."""
    path = shutil.which("chromium")
    if path is None:
        print("no chromium here: `./dev test` installs it, or apt-get install chromium")
        sys.exit(1 if "browser" in os.environ.get("INGOT_REQUIRE", "").split(",") else SKIPPED)
    return path


class Server(http.server.ThreadingHTTPServer):
    """Shows each folder under its name."""
    daemon_threads = True

    def __init__(self, folders):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folders = folders
        self.result = None
        self.arrived = threading.Event()
        self.asked = []  # paths, for the message of a page that says nothing


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def translate_path(self, path):
        parts = [part for part in urllib.parse.unquote(path.split("?")[0]).split("/") if part]
        if not parts or parts[0] not in self.server.folders or ".." in parts:
            return os.path.join(ROOT, "no such file")
        return os.path.join(self.server.folders[parts[0]], *parts[1:])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.translate_path(self.path)
        if self.path.startswith("/data/") and not path.startswith(ROOT):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(body)
        self.send_response(204)
        self.end_headers()
        if self.path == "/result":
            self.server.result = json.loads(body)
            self.server.arrived.set()

    def log_message(self, format, *args):
        self.server.asked.append(format % args)


def wait(server, browser, seconds):
    end = time.monotonic() + seconds
    while not server.arrived.wait(0.1):
        if browser.poll() is not None:
            return f"chromium ended by itself ({browser.returncode})"
        if time.monotonic() > end:
            return f"no result after ({seconds}) seconds"
    return None


def run_page(address, data, seconds=120):
    """What the page at `address` reports, an object; /data is the folder `data`. Exits with a message if nothing comes."""
    chromium = find_chromium()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # the browser goes as well
    server = Server({**FOLDERS, "data": data})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    profile = tempfile.mkdtemp(prefix="ingot-chromium-")
    log_path = os.path.join(profile, "log")
    with open(log_path, "wb") as log:
        browser = subprocess.Popen(
            [chromium, *FLAGS, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_port}{address}"],
            stdout=log, stderr=log, start_new_session=True)
    try:
        why = wait(server, browser, seconds)
        if why is not None:
            with open(log_path, errors="replace") as log:
                print("\n".join([*server.asked[-10:], log.read()[-2000:]]))
            sys.exit(f"{address}: {why}")
    finally:
        try:
            os.killpg(browser.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        browser.wait(timeout=10)
        server.shutdown()
        shutil.rmtree(profile, ignore_errors=True)
    if "error" in server.result:
        sys.exit(f"{address}: {server.result['error']}")
    return server.result
