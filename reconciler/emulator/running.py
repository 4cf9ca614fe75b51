"""An emulator that is served by this process, as the tests of a program hold it.

`with running_emulator() as emulator: …` serves one on a free port of the loopback interface. The pytest plugin is made
of this; other test runners can use it as it is. Importing this module is cheap: the parts load when one is started.
"""

from __future__ import annotations

import json as texts
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.emulator.errors import SettingError
from reconciler.emulator.facade import Emulator
from reconciler.emulator.in_thread import EmulatorServer
from reconciler.emulator.messages import Request

if TYPE_CHECKING:
    from datetime import datetime

Json = dict[str, Any]

PROJECT, LOCATION = "emulated-project", "us-central1"
API_KEY = "emulated-api-key"
DEFAULTS: Mapping[str, Any] = {"speed": "instant", "catalog": "historic", "seed": 1, "any_base_model": True}
"""Nothing of these tests depends on today's date: retired base models are there, and every name answers prompts."""
_VERTEX_ROOT = "/vertex.googleapis.com"


@dataclass(frozen=True, slots=True)
class EmulatedCall:
    """A call that came in. `api` is such as `vertex.publishers.models.generateContent`, "" for a path that no API has.

    `model`, `prompt` are those of a prompt, "" otherwise; `body` is decoded JSON, None where there was none. `headers`
    have lower-case names, and no credentials. `status` None: the connection was cut in place of an answer. `script` is
    the number that `answer` gave, None for an answer that nobody scripted.
    """

    method: str
    path: str
    api: str
    model: str
    prompt: str
    body: Any
    headers: Mapping[str, str]
    query: Mapping[str, str]
    status: int | None
    script: int | None
    number: int


class RunningEmulator:
    """An emulator behind a port, with its script and its journal. Every call is safe from any thread."""

    def __init__(
        self, server: EmulatorServer, *, project: str = PROJECT, location: str = LOCATION, **settings: Any
    ) -> None:
        self._server = server
        self._settings = {**DEFAULTS, **settings}
        self.project = project
        self.location = location
        self.reset()

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:40123`."""
        return self._server.url

    @property
    def vertex_url(self) -> str:
        """The same for GOOGLE_VERTEX_BASE_URL: with it google-genai takes project and location from the environment."""
        return self.url + _VERTEX_ROOT

    def environment(self, credentials: str | os.PathLike[str]) -> dict[str, str]:
        """Variables by which Google's clients and tuneform find it, with a file that `write_credentials` wrote."""
        hosts = [os.environ.get("NO_PROXY") or os.environ.get("no_proxy", ""), "127.0.0.1"]
        no_proxy = ",".join(filter(None, hosts))
        # google-genai warns where both are set, so a second one is only replaced.
        keys = [name for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY") if name in os.environ] or ["GOOGLE_API_KEY"]
        return {
            "GOOGLE_VERTEX_BASE_URL": self.vertex_url,
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "STORAGE_EMULATOR_HOST": self.url,
            "TUNEFORM_EMULATOR": self.url,
            "GOOGLE_CLOUD_PROJECT": self.project,
            "GOOGLE_CLOUD_LOCATION": self.location,
            "GOOGLE_APPLICATION_CREDENTIALS": os.fspath(credentials),
            **dict.fromkeys(keys, API_KEY),
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
        }

    def answer(
        self,
        text: str | None = None,
        *,
        json: object = None,
        chunks: Sequence[str] = (),
        function_calls: Sequence[Mapping[str, Any]] = (),
        finish_reason: str = "",
        ratings: Sequence[Mapping[str, Any]] = (),
        blocked: str = "",
        usage: Mapping[str, int] | None = None,
        response: Mapping[str, Any] | None = None,
        responses: Sequence[Mapping[str, Any]] = (),
        total_tokens: int | None = None,
        breaks: Mapping[str, Any] | None = None,
        delay: float = 0.0,
        chunk_delay: float = 0.0,
        model: str = "*",
        method: str = "",
        contains: str = "",
        matches: str = "",
        nth: int = 1,
        times: int | None = 1,
    ) -> int:
        """Script the answer to the next call that fits, or to the next `times`; None: to all. Answers its number.

        `json` is a value that becomes the text. The other names are those of docs/emulator.md, where each is explained.
        Raises SettingError for what no service could answer.
        """
        if json is not None:
            text = texts.dumps(json, ensure_ascii=False)
        return self._script(
            text=text,
            chunks=chunks,
            functionCalls=function_calls,
            finishReason=finish_reason,
            ratings=ratings,
            blocked=blocked,
            usage=usage or {},
            response=response,
            responses=responses,
            totalTokens=total_tokens,
            breaks=breaks,
            delay=delay,
            chunkDelay=chunk_delay,
            model=model,
            method=method,
            contains=contains,
            matches=matches,
            nth=nth,
            times=times,
        )

    def refuse(
        self,
        status: int,
        *,
        message: str = "",
        rpc: str = "",
        retry_delay: float | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        delay: float = 0.0,
        model: str = "*",
        method: str = "",
        contains: str = "",
        matches: str = "",
        nth: int = 1,
        times: int | None = 1,
    ) -> int:
        """Script an error in place of an answer. `retry_delay`: seconds. Raises SettingError."""
        error = {"status": status, "message": message, "rpc": rpc, "retryDelay": retry_delay, "details": [*details]}
        return self._script(
            error=error,
            delay=delay,
            model=model,
            method=method,
            contains=contains,
            matches=matches,
            nth=nth,
            times=times,
        )

    def _script(self, **fields: Any) -> int:
        found = self.ask("POST", "/_emulator/scripts", fields)["scripts"]
        return int(found[-1]["id"])

    @property
    def scripts(self) -> list[Json]:
        """Everything scripted, with `seen`, `used` and `left`."""
        found: list[Json] = self.ask("GET", "/_emulator/scripts")["scripts"]
        return found

    @property
    def unused(self) -> list[Json]:
        """What was scripted for some calls that did not come: an empty list where all came."""
        return [script for script in self.scripts if script["left"]]

    @property
    def calls(self) -> list[EmulatedCall]:
        """The calls that came in since the start or the last `reset`, in order; at most the last 1000."""
        return [_call(entry) for entry in self.ask("GET", "/_emulator/calls")["calls"]]

    @property
    def prompts(self) -> list[EmulatedCall]:
        """Those of `calls` that ask a model for an answer, or for a number of tokens."""
        return [call for call in self.calls if call.model]

    def reset(self, **settings: Any) -> None:
        """Begin again with an empty state: nothing scripted, no calls, no models. `settings` are for this one.

        Raises SettingError.
        """
        before = self._server.emulator
        self._server.emulator = Emulator.open(None, **{**self._settings, **settings})
        if before is not None:
            before.close()

    @property
    def clock(self) -> datetime:
        """The time of day that it shows."""
        from datetime import datetime

        return datetime.fromisoformat(self.ask("GET", "/_emulator/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Let training time pass; at speed `manual` nothing else does. At `instant` trainings end at once."""
        self.ask("POST", "/_emulator/clock", {"advance": seconds})

    def fault(self, method: str, fault: str, times: int | None = 1) -> None:
        """Ask for a fault, such as `fault("storage.objects.insert", "reset-after")`: see docs/emulator.md."""
        self.ask("POST", "/_emulator/faults", {"method": method, "fault": fault, "times": times})

    def ask(self, verb: str, target: str, body: Mapping[str, Any] | None = None) -> Json:
        """A request below /_emulator/, or any other, without the network. Raises SettingError for an error."""
        path, _, query = target.partition("?")
        data = b"" if body is None else texts.dumps(body).encode()
        response = self._server.handle(Request(verb, path, query, {}, data))
        found: Json = texts.loads(b"".join(response.chunks))
        if response.status >= 400:
            raise SettingError(found["error"]["message"])
        return found


def _call(entry: Json) -> EmulatedCall:
    return EmulatedCall(
        method=entry["method"],
        path=entry["path"],
        api=entry.get("api", ""),
        model=entry.get("model", ""),
        prompt=entry.get("prompt", ""),
        body=entry.get("body"),
        headers=entry["headers"],
        query=entry["query"],
        status=entry["status"],
        script=entry["script"],
        number=entry["id"],
    )


@contextmanager
def running_emulator(**settings: Any) -> Iterator[RunningEmulator]:
    """One that is served while the block lasts. `project`, `location`, or settings of docs/emulator.md."""
    server = EmulatorServer()
    server.start()
    try:
        yield RunningEmulator(server, **settings)
    finally:
        server.stop()


def write_credentials(file: str | os.PathLike[str]) -> None:
    """A stand-in for a person's credentials, with a token that never ends: no client tries to renew it."""
    stand_in = {
        "type": "authorized_user",
        "client_id": "emulated",
        "client_secret": "emulated",
        "refresh_token": "emulated",
        "token": "emulated",
        "expiry": "2999-01-01T00:00:00Z",
    }
    Path(file).write_text(texts.dumps(stand_in), encoding="utf-8")
