"""Headless Chromium, driven over its DevTools protocol: enough to press keys on a page and to look at it."""

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from tornado.websocket import websocket_connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
]  # fmt: skip
KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Tab": 9}


class Page:
    """An open page."""

    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def call(self, method: str, **parameters) -> dict:
        self.number += 1
        await self.socket.write_message(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self.socket.read_message())
            if answer.get("id") == self.number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    async def value(self, expression: str):
        """What a JavaScript expression is on the page."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def until(self, expression: str, seconds: float = 30.0):
        """Wait until a JavaScript expression is true, and return its value."""
        for _ in range(int(seconds / 0.1)):
            if found := await self.value(expression):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{expression} did not become true in {seconds} seconds")

    async def press(self, key: str) -> None:
        """Press and release a key where the focus is."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key])


@contextlib.asynccontextmanager
async def opened(path: Path):
    """Chromium with a file open in it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", path.as_uri()]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            address = next(found[1] for line in process.stderr if (found := re.search(r"ws://([^/]+)/", line)))
            pages = json.load(urllib.request.urlopen(f"http://{address}/json/list", timeout=30))
            url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            socket = await websocket_connect(url, max_message_size=2**26)
            yield Page(socket)
            socket.close()
        finally:
            process.kill()
            process.wait()
