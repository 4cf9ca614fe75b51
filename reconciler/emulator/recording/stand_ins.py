"""In place of what no recording keeps: contents of as many bytes, as many examples to train on, and what rewards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from reconciler.emulator.definitions import camel
from reconciler.emulator.messages import Request, Response
from reconciler.emulator.open_catalog import find_base
from reconciler.emulator.recording.exchange import Media

Json = dict[str, Any]

_BOUNDARY = "recorded"
_MOST_BYTES = 64 << 20
_URIS = (("trainingDatasetUri", False), ("promptDatasetUri", False), ("validationDatasetUri", True))
_ADDRESS = "cloudRunUri"
_ENDING = ".safetensors"


def content(media: Media) -> bytes:
    """As many bytes as there were: empty lines, which are no example of anything."""
    return b"\n" * min(media.bytes, _MOST_BYTES)


def with_media(described: bytes, media: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an upload, in one piece with its metadata where it has any."""
    if not described:
        return media, headers
    parts = [
        f"--{_BOUNDARY}\r\ncontent-type: application/json\r\n\r\n".encode() + described,
        f"--{_BOUNDARY}\r\ncontent-type: application/octet-stream\r\n\r\n".encode() + media,
        f"--{_BOUNDARY}--\r\n".encode(),
    ]
    return b"\r\n".join(parts), {**headers, "content-type": f"multipart/related; boundary={_BOUNDARY}"}


def job_of(method: str, body: Any) -> Json | None:
    """The tuning job that a request of a method asks for; of a rebase what is to be other than before."""
    match method:
        case "vertex.tuningJobs.create":
            job = body
        case "vertex.tuningJobs.rebaseTunedModel":
            job = body.get("tuningJob") if isinstance(body, dict) else None
        case _:
            job = None
    return job if isinstance(job, dict) else None


def datasets_of(job: Json) -> list[tuple[str, bool]]:
    """The data that a tuning job names, and of each whether it validates."""
    specs = [value for value in job.values() if isinstance(value, dict)]
    found = [(spec.get(key), is_validation) for spec in specs for key, is_validation in _URIS]
    return [(uri, is_validation) for uri, is_validation in found if isinstance(uri, str) and uri.startswith("gs://")]


def examples(job: Json, rows: int, *, is_validation: bool) -> bytes:
    """So many examples of the kind that the method learns from. All are of one length: some shares are of sizes."""
    row, first = _row_of(job), 100_000 if is_validation else 0
    return "".join(json.dumps(row(f"{first + n:06}")) + "\n" for n in range(rows)).encode()


def weights_of(job: Json) -> str:
    """The folder of a base model of one's own, with a slash at its end; "" where a job names none."""
    uri = job.get("customBaseModel")
    return f"{uri.rstrip('/')}/" if isinstance(uri, str) and uri.startswith("gs://") else ""


def is_weights(name: str) -> bool:
    """Whether an object's name is that of weights."""
    return name.endswith(_ENDING)


def lay_weights(handle: Callable[[Request], Response], folder: str) -> None:
    """Put weights into a folder of the emulator."""
    lay(handle, f"{folder}model{_ENDING}", b"{}")


def rewards_of(value: Any) -> Iterator[tuple[str, str]]:
    """What computes a reward in a request, each with what does so here: neither code nor addresses are kept."""
    match value:
        case dict():
            for key, item in value.items():
                name = camel(key)
                if name == "pythonCodeSnippet" and isinstance(item, str):
                    yield item, f"def evaluate(example, response):\n    return 1.0  # {item}"
                elif name == _ADDRESS and isinstance(item, str):
                    yield item, f"https://{item}.run.app"
                else:
                    yield from rewards_of(item)
        case list():
            for item in value:
                yield from rewards_of(item)
        case _:
            pass


def _row_of(job: Json) -> Callable[[str], Json]:
    found = next((row for spec, row in _ROWS.items() if spec in job), _supervised)
    base = find_base(str(job.get("baseModel", "")))
    return _messages if base is not None and base.is_open and found is _supervised else found


def _prompt(number: str) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": f"What is the number after {number}?"}]}]}


def _answer(text: str) -> Json:
    return {"role": "model", "parts": [{"text": text}]}


def _supervised(number: str) -> Json:
    return {"contents": [*_prompt(number)["contents"], _answer(f"It is {int(number) + 1:06}.")]}


def _preference(number: str) -> Json:
    scored = ((1.0, f"It is {int(number) + 1:06}."), (0.0, f"It is {number}."))
    return {**_prompt(number), "completions": [{"score": s, "completion": _answer(text)} for s, text in scored]}


def _problem(number: str) -> Json:
    return {**_prompt(number), "references": {"answer": f"{int(number) + 1:06}"}}


def _messages(number: str) -> Json:
    texts = (("user", f"What is the number after {number}?"), ("assistant", f"It is {int(number) + 1:06}."))
    return {"messages": [{"role": role, "content": text} for role, text in texts]}


_ROWS = {
    "preferenceOptimizationSpec": _preference,
    "reinforcementTuningSpec": _problem,
    "distillationSpec": _prompt,
}


def lay(handle: Callable[[Request], Response], uri: str, rows: bytes) -> None:
    """Put an object into the emulator, over whatever is there."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    query = f"uploadType=media&name={quote(name, safe='')}"
    handle(Request("POST", f"/upload/storage/v1/b/{quote(bucket)}/o", query, {}, rows))
