"""Cut the emulator's excerpts out of the published definitions: `python tests/emulator/cut_definitions.py`.

Sources: the discovery documents inside google-api-python-client (Vertex AI, Cloud Storage) and the protos and REST
bindings inside google-ai-generativelanguage (Gemini API has no discovery document). Nothing is written by hand here
but the choice of what to keep, and the two enums whose wire numbers differ from their order.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "reconciler" / "emulator" / "definitions"

VERTEX_RESOURCES = (
    "tuningJobs",
    "models",
    "endpoints",
    "operations",
    "metadataStores",
    "tensorboards",
    "publishers",
)
VERTEX_SKIPPED = re.compile(
    r"(publishers\.models\.(?!generateContent|streamGenerateContent|countTokens)|models\.evaluations|metadataStores\.(artifacts|executions\.operations|"
    r"contexts\.operations|metadataSchemas|operations)|tensorboards\.(operations|experiments\.(operations|runs\.(operations|"
    r"timeSeries\.operations)))|publishers\.(files|v1)|endpoints\.(google|responses)|updateExplanation|models\.export)"
)
VERTEX_LEFT_OUT = re.compile(
    r"IamPolicy|testIamPermissions|[pP]redict|explain|rawPredict|Intelligence|\.openapi|chat|invoke"
)

# Enum numbers are not in discovery documents; they follow the listed order but for these (aiplatform protos). A name
# that the protos of today's client do not have yet keeps its place, or comes after those that they have.
_JAILBREAK = {
    "HARM_CATEGORY_JAILBREAK": 6,
    "HARM_CATEGORY_IMAGE_HATE": 7,
    "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT": 8,
    "HARM_CATEGORY_IMAGE_HARASSMENT": 9,
    "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT": 10,
}
_CONFIDENCE = {
    "BLOCK_LOW_AND_ABOVE": 30,
    "BLOCK_MEDIUM_AND_ABOVE": 40,
    "BLOCK_HIGH_AND_ABOVE": 50,
    "BLOCK_HIGHER_AND_ABOVE": 55,
    "BLOCK_VERY_HIGH_AND_ABOVE": 60,
    "BLOCK_ONLY_EXTREMELY_HIGH": 100,
}
ENUM_NUMBERS = {
    "adapterSize": {
        "ADAPTER_SIZE_ONE": 1,
        "ADAPTER_SIZE_FOUR": 2,
        "ADAPTER_SIZE_EIGHT": 3,
        "ADAPTER_SIZE_SIXTEEN": 4,
        "ADAPTER_SIZE_THIRTY_TWO": 5,
        "ADAPTER_SIZE_TWO": 6,
    },
    "VeoHyperParameters.adapterSize": {
        "ADAPTER_SIZE_EIGHT": 8,
        "ADAPTER_SIZE_SIXTEEN": 16,
        "ADAPTER_SIZE_THIRTY_TWO": 32,
    },
    "DeployModelOperationMetadata.deploymentStage": {
        "STARTING_MODEL_SERVER": 3,
        "FINISHING_UP": 4,
        "STARTING_DEPLOYMENT": 5,
        "PREPARING_MODEL": 6,
        "CREATING_SERVING_CLUSTER": 7,
        "ADDING_NODES_TO_CLUSTER": 8,
        "GETTING_CONTAINER_IMAGE": 9,
        "DEPLOYMENT_TERMINATED": 10,
        "SUCCESSFULLY_DEPLOYED": 11,
        "FAILED_TO_DEPLOY": 12,
    },
    "FunctionCallingConfig.mode": {"VALIDATED": 5},
    "GenerateContentResponsePromptFeedback.blockReason": {"JAILBREAK": 6, "IMAGE_SAFETY": 7},
    "GenerateContentResponseUsageMetadata.trafficType": {
        "PROVISIONED_THROUGHPUT": 2,
        "ON_DEMAND_PRIORITY": 3,
        "ON_DEMAND_FLEX": 4,
        "ON_DEMAND_OFFPEAK": 5,
    },
    "SafetyRating.category": _JAILBREAK,
    "SafetySetting.category": _JAILBREAK,
    "EnterpriseWebSearch.blockingConfidence": _CONFIDENCE,
    "ToolGoogleSearch.blockingConfidence": _CONFIDENCE,
}
# Nor is it there which scalars have presence, so that their zero is a value (aiplatform protos).
PRESENT = {
    "GenerationConfig": frozenset(
        (
            *("temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "responseLogprobs", "logprobs"),
            *("presencePenalty", "frequencyPenalty", "seed", "audioTimestamp", "mediaResolution"),
        )
    ),
    "GenerationConfigThinkingConfig": frozenset(("includeThoughts", "thinkingBudget", "thinkingLevel")),
    # By their comments: unset is another value than zero.
    "ReinforcementTuningHyperParameters": frozenset(("thinkingBudget",)),
    "VeoHyperParameters": frozenset(("veoDataMixtureRatio",)),
}
THINKING_LEVEL = "<THINKING_LEVEL_UNSPECIFIED=0|LOW=1|MEDIUM=2|HIGH=3|MINIMAL=4>?"
EXTRA_VERTEX_SCHEMAS = (
    "DeleteOperationMetadata",
    "GenericOperationMetadata",
    "UndeployModelOperationMetadata",
    "DeployModelOperationMetadata",
    "DeployModelResponse",
    "RebaseTunedModelOperationMetadata",
    "CopyModelOperationMetadata",
    "CopyModelResponse",
    "UploadModelOperationMetadata",
    "UploadModelResponse",
)
# Parts of a model that no tuned Gemini model has: kept as free-form objects, they would treble the excerpt.
OPAQUE = {
    "ExplanationSpec",
    "ModelContainerSpec",
    "DedicatedResources",
    "AutomaticResources",
    "GdcConfig",
    "Retrieval",
}


def discovery(name: str) -> Json:
    """One discovery document shipped inside google-api-python-client."""
    package = importlib.import_module("googleapiclient")
    path = Path(str(package.__file__)).parent / "discovery_cache" / "documents" / f"{name}.json"
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def methods_below(resource: Json) -> list[Json]:
    """Every method of a discovery resource, its children included."""
    own = list(resource.get("methods", {}).values())
    return own + [m for child in resource.get("resources", {}).values() for m in methods_below(child)]


def cut_vertex(version: str) -> Json:
    """The tuning-related methods of one version of aiplatform with the schemas they reach."""
    document = discovery(f"aiplatform.{version}")
    prefix = f"GoogleCloudAiplatform{version[0].upper()}{version[1:]}"
    locations = document["resources"]["projects"]["resources"]["locations"]
    found = [m for r in VERTEX_RESOURCES for m in methods_below(locations["resources"].get(r, {}))]
    kept = [m for m in found if not VERTEX_SKIPPED.search(m["id"]) and not VERTEX_LEFT_OUT.search(m["id"])]
    start = len("aiplatform.projects.locations.")
    methods = {m["id"][start:]: _method(m, prefix, f"{version}/") for m in kept}
    wanted = [s for m in methods.values() for s in (m.get("body"), m.get("answer")) if s]
    wanted += [s for s in EXTRA_VERTEX_SCHEMAS if prefix + s in document["schemas"]]
    return {
        "source": f"google-api-python-client aiplatform.{version}.json revision {document['revision']}",
        "package": f"google.cloud.aiplatform.{version}",
        "methods": methods,
        "schemas": _closure(document["schemas"], prefix, wanted),
    }


def cut_schemas(version: str, wanted: list[str]) -> tuple[str, Json]:
    """(source, the schemas of those names with all that they reach) of one version of aiplatform."""
    document = discovery(f"aiplatform.{version}")
    prefix = f"GoogleCloudAiplatform{version[0].upper()}{version[1:]}"
    source = f"google-api-python-client aiplatform.{version}.json revision {document['revision']}"
    return source, _closure(document["schemas"], prefix, wanted)


def _method(method: Json, prefix: str, root: str) -> Json:
    path = re.sub(r"\{(\w+?)sId\}", r"{\1}", str(method.get("flatPath") or method["path"]))
    path = re.sub(r"\{(\w+?)Id\}", r"{\1}", path).removeprefix(root)
    query = sorted(name for name, p in method.get("parameters", {}).items() if p.get("location") == "query")
    return _without_empty(
        {
            "verb": method["httpMethod"],
            "path": path,
            "query": query,
            "body": _short(method.get("request", {}).get("$ref", ""), prefix),
            "answer": _short(method.get("response", {}).get("$ref", ""), prefix),
        }
    )


def _short(reference: str, prefix: str) -> str:
    return reference.removeprefix(prefix)


def _closure(schemas: Json, prefix: str, wanted: list[str]) -> Json:
    kept: Json = {}
    queue = list(wanted)
    while queue:
        name = queue.pop()
        if name in kept or name in OPAQUE:
            continue
        schema = schemas.get(prefix + name) or schemas[name]
        present = PRESENT.get(name, ())
        fields = {
            key: _type(f"{name}.{key}", p, prefix) + ("?" if key in present else "")
            for key, p in sorted(schema.get("properties", {}).items())
        }
        kept[name] = fields
        queue += [
            ref for text in fields.values() for ref in re.findall(r"(?<![<|\w])[A-Z]\w*", text) if "<" not in text
        ]
    return dict(sorted(kept.items()))


def _type(key: str, prop: Json, prefix: str) -> str:
    return _bare_type(key, prop, prefix) + ("!" if prop.get("readOnly") else "")


def _bare_type(key: str, prop: Json, prefix: str) -> str:
    if "$ref" in prop:
        name = _short(prop["$ref"], prefix)
        return "any" if name in OPAQUE else name
    if prop.get("type") == "array":
        return f"[{_bare_type(key, prop['items'], prefix)}]"
    if prop.get("type") == "object":
        extra = prop.get("additionalProperties", {"type": "any"})
        return "any" if "properties" in prop else f"{{{_bare_type(key, extra, prefix)}}}"
    if "enum" in prop:
        return f"<{'|'.join(_enum(key, prop['enum']))}>"
    return _scalar(prop)


def enum_numbers(key: str, names: list[str]) -> dict[str, int]:
    """The wire's numbers of an enum's names: their places, but for the enums whose protos say otherwise."""
    numbers = ENUM_NUMBERS.get(key) or ENUM_NUMBERS.get(key.rpartition(".")[2], {})
    found = {name: numbers.get(name, position) for position, name in enumerate(names)}
    assert len({*found.values()}) == len(names), key
    return found


def _enum(key: str, names: list[str]) -> list[str]:
    if key not in ENUM_NUMBERS and key.rpartition(".")[2] not in ENUM_NUMBERS:
        return names
    return sorted(
        (f"{n}={number}" for n, number in enum_numbers(key, names).items()), key=lambda n: int(n.split("=")[1])
    )


SCALARS = {
    "google-datetime": "timestamp",
    "google-duration": "duration",
    "google-fieldmask": "fieldmask",
    "byte": "bytes",
    "date-time": "timestamp",
}


def _scalar(prop: Json) -> str:
    kind = prop.get("format") or prop.get("type", "any")
    return SCALARS.get(kind) or {"integer": "int32", "number": "double", "boolean": "bool"}.get(kind, str(kind))


def cut_storage() -> Json:
    """Objects and buckets of the Cloud Storage JSON API."""
    document = discovery("storage.v1")
    found = [m for r in ("buckets", "objects") for m in methods_below(document["resources"][r])]
    kept = [m for m in found if re.search(r"\.(get|list|insert|delete|rewrite|copy|compose|patch|update)$", m["id"])]
    kept = [m for m in kept if ".operations." not in m["id"]]
    methods = {m["id"].removeprefix("storage."): _method(m, "", "") for m in kept}
    wanted = [s for m in methods.values() for s in (m.get("body"), m.get("answer")) if s]
    return {
        "source": f"google-api-python-client storage.v1.json revision {document['revision']}",
        "package": "storage.v1",
        "methods": methods,
        "schemas": _closure(document["schemas"], "", wanted),
    }


GEMINI_METHODS = {
    "model_service": {
        "CreateTunedModel": ("tunedModels.create", "Operation"),
        "GetTunedModel": ("tunedModels.get", "TunedModel"),
        "ListTunedModels": ("tunedModels.list", "ListTunedModelsResponse"),
        "UpdateTunedModel": ("tunedModels.patch", "TunedModel"),
        "DeleteTunedModel": ("tunedModels.delete", "Empty"),
        "GetModel": ("models.get", "Model"),
        "ListModels": ("models.list", "ListModelsResponse"),
        "GetOperation": ("tunedModels.operations.get", "Operation"),
        "ListOperations": ("tunedModels.operations.list", "ListOperationsResponse"),
        "CancelOperation": ("tunedModels.operations.cancel", "Empty"),
    },
    "permission_service": {
        "CreatePermission": ("tunedModels.permissions.create", "Permission"),
        "GetPermission": ("tunedModels.permissions.get", "Permission"),
        "ListPermissions": ("tunedModels.permissions.list", "ListPermissionsResponse"),
        "UpdatePermission": ("tunedModels.permissions.patch", "Permission"),
        "DeletePermission": ("tunedModels.permissions.delete", "Empty"),
        "TransferOwnership": ("tunedModels.transferOwnership", "TransferOwnershipResponse"),
    },
    "generative_service": {
        "GenerateContent": ("generateContent", "GenerateContentResponse"),
        "StreamGenerateContent": ("streamGenerateContent", "GenerateContentResponse"),
        "CountTokens": ("models.countTokens", "CountTokensResponse"),
    },
}
GEMINI_VERSIONS = ("v1", "v1beta", "v1alpha")


def cut_gemini() -> Json:
    """Methods of three versions from the REST bindings; schemas of v1beta, which has them all."""
    methods: Json = {}
    for version in GEMINI_VERSIONS:
        for service, wanted in GEMINI_METHODS.items():
            for rpc, (method_id, answer) in wanted.items():
                _add_bindings(methods, version, service, rpc, method_id, answer)
    package = importlib.import_module("google.ai.generativelanguage_v1beta")
    schemas: Json = {}
    names = {s for m in methods.values() for s in (m.get("body"), m["answer"])} | {"CreateTunedModelMetadata"}
    for name in sorted(n for n in names if n and hasattr(package, n)):
        _add_message(schemas, getattr(package, name).pb().DESCRIPTOR)
    # The client whose protos these are is older than the field; the API's reference has it (ThinkingConfig).
    schemas["ThinkingConfig"]["thinkingLevel"] = THINKING_LEVEL
    version = importlib.import_module("google.ai.generativelanguage_v1beta.gapic_version").__version__
    return {
        "source": f"google-ai-generativelanguage {version}, v1beta protos and REST bindings",
        "package": "google.ai.generativelanguage.v1beta",
        "methods": dict(sorted(methods.items())),
        "schemas": dict(sorted(schemas.items())),
    }


def _add_bindings(methods: Json, version: str, service: str, rpc: str, method_id: str, answer: str) -> None:
    module = f"google.ai.generativelanguage_{version}.services.{service}.transports.rest_base"
    try:
        base = importlib.import_module(module)
    except ModuleNotFoundError:
        return
    transport = next(v for k, v in vars(base).items() if k.startswith("_Base") and k.endswith("RestTransport"))
    binding = getattr(transport, f"_Base{rpc}", None)
    for option in binding._get_http_options() if binding else ():
        path = _template(option["uri"]).removeprefix(f"/{version}/")
        if not path.startswith(("tunedModels", "models")) or (
            rpc.endswith(("Operation", "Operations")) and path[0] == "m"
        ):
            continue
        name = _method_name(method_id, path)
        entry = methods.setdefault(name, {"verb": option["method"].upper(), "path": path, "versions": []})
        entry["versions"].append(version)
        entry.update(_request_shape(rpc, path, option.get("body"), answer))


def _method_name(method_id: str, path: str) -> str:
    return f"{path.split('/', maxsplit=1)[0]}.{method_id}" if "." not in method_id else method_id


def _template(uri: str) -> str:
    def expand(match: re.Match[str]) -> str:
        segments = match[2].split("/")
        return "/".join(f"{{{segments[i - 1].removesuffix('s')}}}" if s == "*" else s for i, s in enumerate(segments))

    return re.sub(r"\{([\w.]+)=([^}]+)\}", expand, uri)


def _request_shape(rpc: str, path: str, body: str | None, answer: str) -> Json:
    package = importlib.import_module("google.ai.generativelanguage_v1beta")
    rpc = "GenerateContent" if rpc == "StreamGenerateContent" else rpc
    request = getattr(package, f"{rpc}Request", None)
    if request is None:
        names = ["filter", "pageSize", "pageToken"] if rpc == "ListOperations" else []
        return {"query": names, "answer": answer}
    fields = {f.name: f for f in request.pb().DESCRIPTOR.fields}
    in_path = {"name", "parent", "model"} if body in ("*", None) else {"name", "parent"}
    query = [] if body == "*" else [f.json_name for n, f in fields.items() if n not in in_path and n != body]
    shape = f"{rpc}Request" if body == "*" else str(fields[body].message_type.name) if body else ""
    return _without_empty({"query": sorted(query), "body": shape, "answer": answer})


def _add_message(schemas: Json, descriptor: Any) -> None:
    name = _message_name(descriptor)
    if name in schemas:
        return
    schemas[name] = {}
    for field in descriptor.fields:
        schemas[name][field.json_name] = _proto_type(field)
        kind = _entry_value(field).message_type
        if kind is not None and not kind.full_name.startswith("google.protobuf"):
            _add_message(schemas, kind)


def _message_name(descriptor: Any) -> str:
    """Nested messages are joined; what comes from another package, such as google.type, loses its package."""
    return re.sub(r"^([a-z0-9]+\.)+", "", str(descriptor.full_name)).replace(".", "")


def _entry_value(field: Any) -> Any:
    """The value field of a map, or the field itself."""
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    return field.message_type.fields_by_name["value"] if is_map else field


WELL_KNOWN = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
    "google.protobuf.FieldMask": "fieldmask",
    "google.protobuf.Struct": "any",
    "google.protobuf.Value": "any",
    "google.protobuf.ListValue": "any",
    "google.protobuf.Any": "any",
}
PROTO_SCALARS = {
    1: "double",
    2: "float",
    3: "int64",
    4: "uint64",
    5: "int32",
    8: "bool",
    9: "string",
    12: "bytes",
    13: "uint32",
}


def _proto_type(field: Any) -> str:
    value = _entry_value(field)
    if value.message_type is not None:
        text = WELL_KNOWN.get(value.message_type.full_name) or _message_name(value.message_type)
    elif value.enum_type is not None:
        text = f"<{'|'.join(f'{v.name}={v.number}' for v in value.enum_type.values)}>"
    else:
        text = PROTO_SCALARS[value.type]
    if value is not field:
        return f"{{{text}}}"
    return f"[{text}]" if field.is_repeated else text + ("?" if _is_optional(field) else "")


def _is_optional(field: Any) -> bool:
    """A scalar with presence: its zero is a value and is answered."""
    return bool(field.has_presence and field.message_type is None and field.containing_oneof is not None)


def _without_empty(mapping: Json) -> Json:
    return {k: v for k, v in mapping.items() if v or k == "query"}


EXCERPTS = {
    "vertex.v1.json": lambda: cut_vertex("v1"),
    "vertex.v1beta1.json": lambda: cut_vertex("v1beta1"),
    "storage.v1.json": cut_storage,
    "gemini.v1beta.json": cut_gemini,
}


def render(excerpt: Json) -> str:
    """One line a method and a schema, so that a new revision reads well as a diff."""
    lines = [f'"{key}":{json.dumps(excerpt[key])},' for key in ("source", "package")]
    for section in ("methods", "schemas"):
        entries = [f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in excerpt[section].items()]
        lines.append(f'"{section}":{{\n' + ",\n".join(entries) + "\n}" + ("," if section == "methods" else ""))
    return "{\n" + "\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    for file_name, cut in EXCERPTS.items():
        (FOLDER / file_name).write_text(render(cut()), encoding="utf-8")
