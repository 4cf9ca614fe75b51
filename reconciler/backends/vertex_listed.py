"""Models and Endpoints of Vertex AI as a list of everything shows them. Pure."""

from __future__ import annotations

from reconciler.backends.failures import failure
from reconciler.backends.quoting import cleaned
from reconciler.backends.vertex_types import WireDeployed, WireEndpoint, WireMachines, WireModel
from reconciler.core.resources import DeployedThere, ListedEndpoint, ListedModel

_WORD = 80


def listed_model(model: WireModel) -> ListedModel:
    """By its default version. Raises BackendError API219 where a name could not be one: it is shown."""
    source = model.original_model_info.model if model.original_model_info else ""
    endpoints = tuple(dict.fromkeys(ref.endpoint for ref in model.deployed_models if ref.endpoint))
    return ListedModel(
        _a_name(model.name.partition("@")[0]),
        display_name=model.display_name,
        version=cleaned(model.version_id, limit=_WORD),
        labels=model.labels,
        created=model.create_time,
        endpoints=tuple(map(_a_name, endpoints)),
        copied_from=_a_name(source),
    )


def listed_endpoint(endpoint: WireEndpoint) -> ListedEndpoint:
    """With what is deployed there, and what that runs on."""
    return ListedEndpoint(
        _a_name(endpoint.name),
        display_name=endpoint.display_name,
        labels=endpoint.labels,
        created=endpoint.create_time,
        deployed=tuple(_deployed(d, endpoint.traffic_split) for d in endpoint.deployed_models),
    )


def _deployed(deployed: WireDeployed, split: dict[str, int]) -> DeployedThere:
    name = deployed.model
    versioned = f"{name}@{deployed.model_version_id}" if deployed.model_version_id and "@" not in name else name
    # No split at all is an endpoint that routes by itself, or one that gets no requests: nobody can tell.
    traffic = split.get(deployed.id, 0) if split else None
    return DeployedThere(_a_name(versioned), traffic, _machines(deployed))


def _machines(deployed: WireDeployed) -> str:
    found = deployed.dedicated_resources or deployed.automatic_resources
    if found is None:
        return ""
    kind = _machine(found)
    return f"{max(found.min_replica_count, 1)} x {kind}"


def _machine(found: WireMachines) -> str:
    spec = found.machine_spec
    if spec is None or not spec.machine_type:
        return "machine of the service's choice"
    chips = f" with {spec.accelerator_count} {spec.accelerator_type}" if spec.accelerator_count else ""
    return cleaned(f"{spec.machine_type}{chips}", limit=_WORD)


def _a_name(name: str) -> str:
    if not (name.isascii() and name.isprintable() and " " not in name):
        raise failure("API219", detail=f"An answer names {name!r}.")
    return name
