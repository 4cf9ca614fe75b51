"""The files that a job writes: small stand-ins, with the names of the real ones.

Source: documented (google/skills: where the final checkpoint is) and recorded (a report's listing: merged weights, and
the adapter beside them); the contents are SIMULATED, each a file of its format that holds nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.emulator import objects
from reconciler.emulator.open_catalog import FULL, PEFT, base_of
from reconciler.emulator.vertex_names import split_gcs_folder

if TYPE_CHECKING:
    from reconciler.emulator.call import Simulation
    from reconciler.emulator.store import Resource

Json = dict[str, Any]

FINAL = "postprocess/node-0/checkpoints/final"
METRICS = "metrics"


def write_outputs(sim: Simulation, row: Resource) -> None:
    """Write what a finished job leaves below its outputUri, and what a rebase asked for."""
    doc = row.data["doc"]
    if doc.get("outputUri"):
        _write(sim, doc["outputUri"], _artefacts(row))
    if row.data.get("artifacts"):
        _write(sim, row.data["artifacts"], {"metadata.json": _described(row)})


def metrics_uri(row: Resource) -> str:
    """The folder of a job's metrics; "" for a job that writes no files (assumed)."""
    output = row.data["doc"].get("outputUri", "")
    return f"{output.rstrip('/')}/{METRICS}" if output else ""


def _artefacts(row: Resource) -> dict[str, bytes]:
    base, spec = base_of(row.data["base"]), row.data["doc"][row.data["spec"]]
    hyper = spec.get("hyperParameters", {})
    mode = FULL if row.data["method"] == "full" else spec.get("tuningMode", (*base.modes, FULL)[0])
    found = {
        f"{FINAL}/config.json": _json({"_name_or_path": base.id}),
        f"{FINAL}/generation_config.json": _json({}),
        f"{FINAL}/model.safetensors": _safetensors(row),
        f"{FINAL}/tokenizer.json": _json({}),
        f"{FINAL}/tokenizer_config.json": _json({}),
        f"{METRICS}/metrics.json": _described(row),
    }
    if mode == PEFT:
        adapter = {"base_model_name_or_path": base.id, "peft_type": "LORA", "r": _rank(hyper)}
        found[f"{FINAL}/adapter/adapter_config.json"] = _json(adapter)
        found[f"{FINAL}/adapter/adapter_model.safetensors"] = _safetensors(row)
    return found


def _rank(hyper: Json) -> str:
    return str(hyper.get("adapterSize", "")).removeprefix("ADAPTER_SIZE_")


def _safetensors(row: Resource) -> bytes:
    """The format's shortest file: the length of a header, and the header, which names the job."""
    header = json.dumps({"__metadata__": {"format": "pt", "simulated": row.name}}).encode()
    return len(header).to_bytes(8, "little") + header


def _described(row: Resource) -> bytes:
    return _json({"tuningJob": row.name, "baseModel": row.data["base"], "simulated": True, **row.data["plan"]})


def _json(value: Json) -> bytes:
    return json.dumps(value, indent=2).encode()


def _write(sim: Simulation, uri: str, files: dict[str, bytes]) -> None:
    parts = split_gcs_folder(uri)
    if parts is None:
        return
    bucket, folder = parts
    for name, content in files.items():
        kind = "application/json" if name.endswith(".json") else "application/octet-stream"
        objects.put_object(sim, bucket, f"{folder}/{name}".lstrip("/"), content, {"contentType": kind})
