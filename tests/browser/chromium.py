"""A headless Chromium, spoken to by its own protocol: what a page looks like, says and asks for.

https://chromedevtools.github.io/devtools-protocol: one websocket, one page. Nothing that the browser does by itself may
reach the network: no host has an address for it.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_FLAGS = (
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-color-profile=srgb",
)
_PATIENCE_S = 60.0
_NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def found() -> str | None:
    """The browser of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Page:
    """One page. `events` is everything that the browser has said of it since it was opened."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._session = ""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and what came of it; what happened meanwhile is kept."""
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters, **session}))
        while True:
            said = json.loads(self._socket.recv(timeout=_PATIENCE_S))
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                answered: dict[str, Any] = said["result"]
                return answered
            self.events.append(said)

    def open(self, file: Path) -> None:
        """Load a file, and wait until everything of it is there."""
        self.events.clear()
        self.call("Page.navigate", url=file.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self._socket.recv(timeout=_PATIENCE_S)))
        self.value("document.readyState")

    def value(self, script: str) -> Any:
        """What an expression is, as JSON has it. The page itself may run nothing; who looks at it may."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def tree(self) -> list[dict[str, Any]]:
        """What a screen reader is told, node by node. It is built after the page is; two that agree are whole."""
        before: list[dict[str, Any]] = []
        while True:
            self.call("Runtime.evaluate", expression=_NEXT_FRAME, awaitPromise=True)
            nodes = self.call("Accessibility.getFullAXTree")["nodes"]
            if nodes == before:
                return [node for node in nodes if not node.get("ignored")]
            before = nodes

    def looks(self, width: int, *, scheme: str = "light", media: str = "", height: int = 900) -> None:
        """On which screen or paper, and in which colours."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, file: Path, clip: Sequence[int] | None = None) -> None:
        """A PNG of the page, or of (x, y, width, height) of it."""
        x, y, width, height = clip or (0, 0, *self._size())
        area = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        shot = self.call("Page.captureScreenshot", clip=area, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def printed(self) -> bytes:
        """A PDF of it."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def _size(self) -> tuple[int, int]:
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return int(size["width"]), int(size["height"])

    @property
    def requests(self) -> list[str]:
        """Addresses that were asked for."""
        sent = (e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent")
        return list(sent)

    @property
    def complaints(self) -> list[str]:
        """What the console of the browser shows: errors, warnings, exceptions, and what the page was not allowed."""
        names = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Audits.issueAdded")
        return [json.dumps(event["params"]) for event in self.events if event["method"] in names]


@contextmanager
def a_page(profile: Path) -> Iterator[Page]:
    """A browser with one page, ended afterwards. `profile` is a folder for what it writes."""
    browser = found()
    assert browser is not None, "ask `found` first"
    words = [browser, *_FLAGS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with subprocess.Popen([*words, "about:blank"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        try:
            with connect(_address(run), max_size=None) as socket:
                yield Page(socket)
        finally:
            run.terminate()
            run.wait(timeout=_PATIENCE_S)


def _address(run: subprocess.Popen[str]) -> str:
    assert run.stderr is not None
    said = ""
    for line in run.stderr:
        said += line
        if listening := re.search(r"DevTools listening on (ws://\S+)", line):
            return listening[1]
    raise AssertionError(f"the browser did not start: {said}")
