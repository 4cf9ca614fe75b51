"""What Google's clients and notebooks printed, as facts: which fields had a value, which words, counts and forms.

`printed.json` keeps them for each text that somebody published; the texts are no part of this repository.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.recorded.shapes import shape_of

Facts = dict[str, Any]


def set_in(printed: str) -> list[str]:
    """The names that a printed object has a value for; not what it says of the connection, or how a time is printed."""
    found = re.findall(r"(\w+)=(None|.)", re.sub(r"sdk_http_response=HttpResponse\([^)]*\)", "", printed))
    return sorted({name for name, value in found if value != "None"} - {"tzinfo"})


def facts_of(name: str, text: str) -> Facts:
    """What tests look at in one text."""
    return _READERS[name](text)


def _job_as_json(text: str) -> Facts:
    job = json.loads(text[text.index("{") :])
    return {
        "fields": sorted(job),
        "state": job["state"],
        "base_model": job["base_model"],
        "tuned_model": sorted(job["tuned_model"]),
        "is_as_created": job["update_time"] == job["create_time"],
    }


def _job_as_printed(text: str) -> Facts:
    state = re.search(r"state=<JobState\.(\w+)", text)
    return {"set": set_in(text), "state": state[1] if state else ""}


def _client_error(text: str) -> Facts:
    kind, code, status, body = re.fullmatch(r"(\w+): (\d+) (\w+)\. (.*)", text.strip()).groups()  # type: ignore[union-attr]
    error = ast.literal_eval(body)["error"]
    said = {key: _unnamed(value) if isinstance(value, str) else value for key, value in error.items()}
    return {"class": kind, "code": int(code), "status": status, "error": said}


def _raised_error(text: str) -> Facts:
    form = r"<class '([\w.]+)'>: (\d+) ([A-Z]+) https://([\w.]+)/(\w+)/[^?]*\?(\S+): (.*)"
    kind, code, verb, host, version, query, message = re.fullmatch(form, text.strip()).groups()  # type: ignore[union-attr]
    return {
        "class": kind, "code": int(code), "verb": verb, "host": host, "version": version, "query": query,
        "message": _unnamed(message),
    }  # fmt: skip


def _tuned_model(text: str) -> Facts:
    values = dict(re.findall(r"(\w+)=([^,\s()]+|<[^>]*>)", text))
    state = re.search(r"state=<State\.(\w+)", text)
    return {
        "set": set_in(text),
        "state": state[1] if state else "",
        "is_continued": "tunedModels" in values["source_model"],
        "base_model": values["base_model"].strip("'"),
        "sampling": {name: float(values[name]) for name in ("temperature", "top_p", "top_k")},
        "hyperparameters": {name: float(values[name]) for name in ("epoch_count", "batch_size", "learning_rate")},
    }


def _steps(text: str) -> Facts:
    lines = (line.partition(": ") for line in text.splitlines())
    return {name: int(value) if value.isdigit() else _unnamed(value) for name, _, value in lines}


def _states(text: str) -> Facts:
    return {"states": list(dict.fromkeys(re.findall(r"state: (JOB_STATE_[A-Z]+)", text)))}


def _job_name(text: str) -> Facts:
    found = re.search(r"projects/\d+/locations/[\w-]+/tuningJobs/\d+", text)
    return {"name": shape_of(found[0]) if found else ""}


def _unnamed(text: str) -> str:
    return re.sub(r"tunedModels/[\w-]+", "tunedModels/ID", text.strip('"'))


_READERS: Mapping[str, Callable[[str], Facts]] = {
    "gemini.error.404-deleted.txt": _raised_error,
    "gemini.error.404.clienterror.txt": _client_error,
    "gemini.google-genai.get-2.txt": _job_as_json,
    "gemini.google-genai.get.json.txt": _job_as_json,
    "gemini.google-genai.running.repr.txt": _job_as_printed,
    "gemini.google-genai.running.txt": _job_as_json,
    # The third line is what tune() returned, which needs a client that still sends the examples.
    "gemini.google-genai.tune-returns-queued.repr.txt": lambda text: _job_as_printed(text.splitlines()[0]),
    "gemini.operation.metadata.txt": _steps,
    "gemini.tunedModel.continued-tuning.repr.txt": _tuned_model,
    "gemini.tunedModel.creating.gemini-1.5.repr.txt": _tuned_model,
    "vertex.dpo.submit-log.txt": _job_name,
    "vertex.sft.pending.google-genai-repr.txt": _job_as_printed,
    "vertex.sft.poll-log.txt": _states,
    "vertex.sft.sdk-create-log.txt": _job_name,
}
PRINTED = tuple(_READERS)
