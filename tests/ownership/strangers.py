"""Live states that nobody's tool made: what people leave in a project, drawn by a seed. It knows the API alone."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.ownership.room import PLACE, SAMPLE, Room

ELSEWHERE = "projects/acme-ml/locations/europe-west4"
NAMES = (
    *("Router", "Support router (v2)", "Größe, naïve", "日本語 モデル", "=cmd|' /C calc'!A0", "a: b # c", "- dash"),
    *("{{template}}", "null", "1e5", "2026-01-01", "~", "'single' \"double\"", "tab\there", "two\nlines", "x" * 128),
    *(
        "  spaces  ",
        "on",
        "*star",
        "&amp;",
        "!!python/object",
        "%TAG",
        "back\\slash",
        "e\u0301",
        "\u202ertl",
        "🎯",
        "...",
    ),
)
LABELS = ("support", "1e5", "on", "null", "0123", "a_b-c", "", "-1", "2026-01-01", "x" * 63)
DESCRIPTIONS = ("", "By hand.", "two\nlines: #1", "  ", "{json: yes}", "é" * 300)
KINDS = (
    *("plain", "plain", "plain", "preference", "child", "twin", "data gone", "other data", "running", "queued"),
    *("failed", "cancelled", "model gone", "foreign", "ours", "forgotten endpoint", "elsewhere", "copied", "bare copy"),
    *("tuned", "tuned", "tuned failed", "tuned running", "epochs only", "last checkpoint"),
)


@dataclass
class Made:
    """One thing that is there: its job or tuned model, and what taking it in should come to.

    `comes_in` is "all" where `--all` takes it, "name" where it has to be named, "" where it must be left alone.
    """

    kind: str
    name: str
    comes_in: str
    is_running: bool = False
    named: str = ""


@dataclass
class Strangers:
    """What was made so far."""

    room: Room
    rng: random.Random
    made: list[Made] = field(default_factory=list)

    def make(self, kind: str) -> None:
        """One more of a kind."""
        self.made += _MAKERS[kind](self, kind)

    def display(self, limit: int = 128) -> str:
        return self.rng.choice(NAMES)[:limit]

    def body(self, **fields: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"trainingDatasetUri": SAMPLE}
        hyper = {"epochCount": str(self.rng.randint(1, 4))} | self.rng.choice(
            ({}, {"adapterSize": "ADAPTER_SIZE_FOUR"}, {"learningRateMultiplier": 0.5})
        )
        if self.rng.random() < 0.7:
            data["hyperParameters"] = hyper
        if self.rng.random() < 0.3:
            data["validationDatasetUri"] = SAMPLE
        body = {"baseModel": "gemini-3.5-flash", "tunedModelDisplayName": self.display(), "supervisedTuningSpec": data}
        if self.rng.random() < 0.6:
            body["labels"] = {self.rng.choice(("team", "on", "a_b", "cost-center")): self.rng.choice(LABELS)}
        if self.rng.random() < 0.5:
            body["description"] = self.rng.choice(DESCRIPTIONS)
        return body | fields

    def job(self, body: dict[str, Any], place: str = PLACE) -> dict[str, Any]:
        made = self.room.ask("POST", f"/v1/{place}/tuningJobs", body)
        self.room.ask("GET", "/_emulator/health")
        return self.room.ask("GET", f"/v1/{made['name']}")

    def data(self) -> str:
        name = f"d{self.rng.randrange(10**9)}.jsonl"
        row = b'{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}\n'
        self.room.ask("POST", "/upload/storage/v1/b/mine/o", row * 20, query=f"uploadType=media&name={name}")
        return name


@contextmanager
def _slowly() -> Iterator[None]:
    """Trainings that do not end by themselves."""
    before = os.environ["TUNEFORM_EMULATOR_SPEED"]
    os.environ["TUNEFORM_EMULATOR_SPEED"] = "manual"
    try:
        yield
    finally:
        os.environ["TUNEFORM_EMULATOR_SPEED"] = before


def _plain(s: Strangers, kind: str) -> list[Made]:
    return [Made(kind, s.job(s.body())["name"], "all")]


def _with(**spec: Any) -> Callable[[Strangers, str], list[Made]]:
    def make(s: Strangers, kind: str) -> list[Made]:
        body = s.body()
        body["supervisedTuningSpec"] = {"trainingDatasetUri": SAMPLE, **spec}
        return [Made(kind, s.job(body)["name"], "all")]

    return make


def _preference(s: Strangers, kind: str) -> list[Made]:
    uri = "gs://mine/" + _preferences(s)
    body = s.body(baseModel="gemini-2.5-flash", preferenceOptimizationSpec={"trainingDatasetUri": uri})
    del body["supervisedTuningSpec"]
    return [Made(kind, s.job(body)["name"], "all")]


def _preferences(s: Strangers) -> str:
    name = f"p{s.rng.randrange(10**9)}.jsonl"
    row = (
        b'{"contents":[{"role":"user","parts":[{"text":"a"}]}],"completions":['
        b'{"score":1,"completion":{"role":"model","parts":[{"text":"b"}]}},'
        b'{"score":0,"completion":{"role":"model","parts":[{"text":"c"}]}}]}\n'
    )
    s.room.ask("POST", "/upload/storage/v1/b/mine/o", row * 20, query=f"uploadType=media&name={name}")
    return name


def _child(s: Strangers, kind: str) -> list[Made]:
    parent = s.job(s.body(tunedModelDisplayName=f"parent {s.rng.random()}"))
    body = s.body(preTunedModel={"tunedModelName": parent["tunedModel"]["model"]})
    del body["baseModel"]
    return [Made("parent", parent["name"], "all"), Made(kind, s.job(body)["name"], "all")]


def _twin(s: Strangers, kind: str) -> list[Made]:
    """Two that have one display name, so that their addresses must differ."""
    body = s.body()
    return [Made(kind, s.job(body)["name"], "all"), Made(kind, s.job(body)["name"], "all")]


def _other_data(s: Strangers, kind: str) -> list[Made]:
    name = s.data()
    job = s.job(s.body(supervisedTuningSpec={"trainingDatasetUri": f"gs://mine/{name}"}))
    if kind == "data gone":
        s.room.ask("DELETE", f"/storage/v1/b/mine/o/{name}")
    return [Made(kind, job["name"], "all")]


def _running(s: Strangers, kind: str) -> list[Made]:
    with _slowly():
        job = s.job(s.body())
    return [Made(kind, job["name"], "all", is_running=True)]


def _failed(s: Strangers, kind: str) -> list[Made]:
    s.room.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.run", "fault": "fail:3;message=bad"})
    return [Made(kind, s.job(s.body())["name"], "")]


def _cancelled(s: Strangers, kind: str) -> list[Made]:
    with _slowly():
        job = s.job(s.body())
        s.room.ask("POST", f"/v1/{job['name']}:cancel", {})
    s.room.ask("POST", "/_emulator/clock", {"advance": 60})
    return [Made(kind, job["name"], "")]


def _model_gone(s: Strangers, kind: str) -> list[Made]:
    job = s.job(s.body(tunedModelDisplayName=f"gone {s.rng.random()}"))
    s.room.delete_model(job["tunedModel"])
    return [Made(kind, job["name"], "")]


def _owned(workspace: str, comes_in: str) -> Callable[[Strangers, str], list[Made]]:
    def make(s: Strangers, kind: str) -> list[Made]:
        body = s.body(tunedModelDisplayName=f"owned {s.rng.random()}")
        body["labels"] = {"tuneform-workspace": workspace, "tuneform-name": f"n{s.rng.randrange(10**6)}"}
        return [Made(kind, s.job(body)["name"], comes_in)]

    return make


def _endpoint(s: Strangers, kind: str) -> list[Made]:
    s.room.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": s.display() or "x"})
    return []


def _elsewhere(s: Strangers, kind: str) -> list[Made]:
    return [Made(kind, s.job(s.body(), ELSEWHERE)["name"], "name")]


def _copied(s: Strangers, kind: str) -> list[Made]:
    """A Model that somebody copied to another location: no job of that location made it."""
    source = s.job(s.body(tunedModelDisplayName=f"source {s.rng.random()}"))
    body = {"sourceModel": source["tunedModel"]["model"].partition("@")[0]}
    s.room.ask("POST", f"/v1/{ELSEWHERE}/models:copy", body)
    s.room.ask("GET", "/_emulator/health")
    copies = s.room.ask("GET", f"/v1/{ELSEWHERE}/models").get("models", [])
    newest = max(copies, key=lambda model: model["createTime"])
    if kind == "bare copy":
        return [Made("source", source["name"], "all"), Made(kind, f"{newest['name']}@1", "")]
    s.room.ask("POST", f"/v1/{ELSEWHERE}/endpoints", {"displayName": "for a copy"})
    s.room.ask("GET", "/_emulator/health")
    endpoints = s.room.ask("GET", f"/v1/{ELSEWHERE}/endpoints")["endpoints"]
    empty = next(one["name"] for one in endpoints if not one.get("deployedModels"))
    deployed = {"deployedModel": {"model": newest["name"]}, "trafficSplit": {"0": 100}}
    s.room.ask("POST", f"/v1/{empty}:deployModel", deployed)
    s.room.ask("GET", "/_emulator/health")
    return [Made("source", source["name"], "all"), Made(kind, f"{newest['name']}@1", "name")]


def _tuned(s: Strangers, kind: str) -> list[Made]:
    number = s.rng.randrange(10**9)
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(20)]
    body: dict[str, Any] = {
        "displayName": s.display(40),
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    if s.rng.random() < 0.5:
        body |= {"temperature": 0.5, "description": s.rng.choice(DESCRIPTIONS)}
    if kind == "tuned failed":
        s.room.ask("POST", "/_emulator/faults", {"method": "gemini.tunedModels.run", "fault": "fail:13;message=bad"})
    with _slowly() if kind == "tuned running" else nullcontext():
        s.room.ask("POST", "/v1beta/tunedModels", body, query=f"tunedModelId=made-{number}")
    if kind != "tuned running":
        s.room.ask("GET", "/_emulator/health")
    return [Made(kind, f"tunedModels/made-{number}", "" if "failed" in kind else "all", "running" in kind)]


_MAKERS: dict[str, Callable[[Strangers, str], list[Made]]] = {
    "plain": _plain,
    "epochs only": _with(hyperParameters={"epochCount": "3"}),
    "last checkpoint": _with(exportLastCheckpointOnly=True),
    "preference": _preference,
    "child": _child,
    "twin": _twin,
    "data gone": _other_data,
    "other data": _other_data,
    "running": _running,
    "queued": _running,
    "failed": _failed,
    "cancelled": _cancelled,
    "model gone": _model_gone,
    "foreign": _owned("theirs", ""),
    "ours": _owned("acme", "all"),
    "forgotten endpoint": _endpoint,
    "elsewhere": _elsewhere,
    "copied": _copied,
    "bare copy": _copied,
    "tuned": _tuned,
    "tuned failed": _tuned,
    "tuned running": _tuned,
}


def strangers_in(room: Room, seed: int) -> Strangers:
    """Two to four kinds of things; what runs comes last, so that nothing ends it."""
    rng = random.Random(seed)
    s = Strangers(room, rng)
    room.run("status")
    kinds = [KINDS[seed % len(KINDS)], *rng.choices(KINDS, k=rng.randint(1, 3))]
    for kind in sorted(kinds, key=lambda k: k in ("running", "queued", "tuned running")):
        s.make(kind)
    return s
