"""What stands in a project beside trainings: Models and Endpoints as lists show them, anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeployedThere:
    """One model on an endpoint. `traffic` is its percentage of the requests, None where the endpoint does not say.

    `machines` are what it runs on and is billed for by the hour, as `2 x n1-standard-4`: "" where it shares Google's.
    """

    model: str
    traffic: int | None = None
    machines: str = ""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A Model by its default version. `endpoints` are those on which some version of it is deployed.

    `version` is the default one, `copied_from` the model@version that it was copied from.
    """

    resource_name: str
    display_name: str = ""
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    endpoints: tuple[str, ...] = ()
    copied_from: str = ""


@dataclass(frozen=True, slots=True)
class ListedEndpoint:
    """An Endpoint with what is deployed on it."""

    resource_name: str
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    deployed: tuple[DeployedThere, ...] = ()
