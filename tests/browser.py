"""A headless Chromium that tests click through pages with."""

import asyncio
import base64
import json
import pathlib
import shutil
import subprocess
import time

import aiohttp
import pytest

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60


def chromium():
    """The browser's program; skips the test where there is none."""
    for name in _PROGRAMS:
        program = shutil.which(name)
        if program:
            return program
    pytest.skip("needs Chromium")


class Browser:
    """One tab of a headless Chromium, steered over its DevTools protocol.

    Args:
        folder: a new folder for its profile.
    """

    def __init__(self, folder):
        self._profile = pathlib.Path(folder)
        self._process = subprocess.Popen(
            [
                chromium(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                f"--user-data-dir={folder}",
                "--window-size=1000,1200",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._loop = asyncio.new_event_loop()
        self._sent = 0
        self.problems = []
        self._loop.run_until_complete(self._connect())
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self._call(f"{domain}.enable")

    async def _connect(self):
        port_file = self._profile / "DevToolsActivePort"
        deadline = time.monotonic() + _PATIENCE
        while not (port_file.exists() and "\n" in port_file.read_text()):
            if time.monotonic() > deadline:
                raise TimeoutError("Chromium does not start.")
            await asyncio.sleep(0.05)
        port = port_file.read_text().split("\n")[0]
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json") as answer:
            tabs = await answer.json()
        (tab,) = [tab for tab in tabs if tab["type"] == "page"]
        self._socket = await self._session.ws_connect(
            tab["webSocketDebuggerUrl"], max_msg_size=2**26
        )

    def _call(self, method, **parameters):
        return self._loop.run_until_complete(self._ask(method, parameters))

    async def _ask(self, method, parameters):
        self._sent += 1
        number = self._sent
        await self._socket.send_str(
            json.dumps({"id": number, "method": method, "params": parameters})
        )
        while True:
            message = await self._socket.receive_json(timeout=_PATIENCE)
            self._note(message)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def _note(self, message):
        """Keeps what the page complained of."""
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(parameters["exceptionDetails"]["text"])
        entry = parameters.get("entry", {})
        if entry.get("level") == "error":
            self.problems.append(f"{entry['text']} {entry.get('url', '')}")

    def open(self, address):
        """Goes to an address."""
        self._call("Page.navigate", url=address)

    def value(self, script):
        """The value of a JavaScript expression in the page."""
        outcome = self._call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in outcome:
            details = outcome["exceptionDetails"]
            raise RuntimeError(details["exception"]["description"])
        return outcome["result"].get("value")

    def shows(self, selector):
        """Whether an element takes room on the page."""
        return self.value(
            f"document.querySelector({selector!r}).getClientRects().length > 0"
        )

    def wait_for(self, script):
        """Waits until an expression is true, and gives its value."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := self.value(script)):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"never true: {script}; the page says: "
                    f"{self.value('document.body.innerText')}"
                )
            time.sleep(0.05)
        return found

    def click(self, selector):
        """Clicks the middle of an element with the mouse."""
        x, y = self.value(
            f"(() => {{ const e = document.querySelector({selector!r});"
            "e.scrollIntoView({block: 'center'});"
            "const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    def press(self, key, code=0, text=""):
        """Presses a key, such as `"Enter"`, `"Tab"` or `"ArrowRight"`."""
        for kind in ("keyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    def type(self, text):
        """Types into the element that has the focus."""
        self._call("Input.insertText", text=text)

    def choose(self, selector, value):
        """Chooses an entry of a list by its value."""
        self.value(
            f"(() => {{ const e = document.querySelector({selector!r});"
            f"e.value = {value!r};"
            "e.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def choose_file(self, selector, path):
        """Puts a file into a file field."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)
        self._call(
            "DOM.setFileInputFiles", files=[str(path)], nodeId=node["nodeId"]
        )

    def screenshot(self, path):
        """Writes a PNG of the tab."""
        data = self._call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        """Ends the browser."""
        self._loop.run_until_complete(self._session.close())
        self._loop.close()
        self._process.terminate()
        self._process.wait(_PATIENCE)
