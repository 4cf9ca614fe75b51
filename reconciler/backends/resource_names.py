"""Resource names of Vertex AI, taken apart. Every name that becomes part of a URL passes through here.

Answers carry the project's number where requests carried its id, so names are compared by what follows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reconciler.backends.failures import failure

_LOCATION = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]{0,62}")
_REST = re.compile(r"[A-Za-z0-9][\w-]*(?:/[\w-]+)*(?:@[A-Za-z0-9-]+)?")

_GOOGLES = "publishers/google/models"


class ResourceName(NamedTuple):
    """`projects/{project}/locations/{location}/{rest}`; `rest` is `models/12@1`, for instance."""

    project: str
    location: str
    rest: str

    def __str__(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/{self.rest}"

    @property
    def key(self) -> tuple[str, str]:
        """What distinguishes two resources, whichever way their project is written: ids are never reused."""
        return (self.location, self.rest)

    @property
    def id(self) -> str:
        """The last part, without a version."""
        return self.rest.rpartition("/")[2].partition("@")[0]

    @property
    def version(self) -> str:
        """What follows the @, or ""."""
        return self.rest.partition("@")[2]

    @property
    def without_version(self) -> ResourceName:
        """The Model itself."""
        return self._replace(rest=self.rest.partition("@")[0])


def parsed(name: str) -> ResourceName:
    """Raise BackendError API219 for anything that is not a resource name.

    A location decides which host a token is sent to, so it is one word and nothing else.
    """
    parts = name.split("/", 4)
    if len(parts) == 5 and (parts[0], parts[2]) == ("projects", "locations"):
        _, project, _, location, rest = parts
        if _is_place(project, location) and _REST.fullmatch(rest):
            return ResourceName(project, location, rest)
    raise failure("API219", detail=f"{name!r} is not of the form projects/…/locations/…/….")


def parent(project: str, location: str) -> str:
    """`projects/{project}/locations/{location}`; BackendError API219 where they are not such words."""
    if _is_place(project, location):
        return f"projects/{project}/locations/{location}"
    raise failure("API219", detail=f"project {project!r} or location {location!r} is not one word.")


def tuned_model(name: str) -> str:
    """A name of the Gemini API, checked: `tunedModels/{id}`."""
    if re.fullmatch(r"tunedModels/[a-z0-9][a-z0-9-]{0,62}", name):
        return name
    raise failure("API219", detail=f"{name!r} is not of the form tunedModels/….")


def base_model(name: str) -> str:
    """The last part of a base model's name, checked: what follows `models/`, or `publishers/google/models/`."""
    last = name.rpartition("/")[2]
    if re.fullmatch(r"[A-Za-z0-9][\w.@-]{0,127}", last) and name in (last, f"models/{last}", f"{_GOOGLES}/{last}"):
        return last
    raise failure("API219", detail=f"{name!r} is not the name of a base model.")


def tuned_model_operation(name: str) -> str:
    """A name of the Gemini API, checked: `tunedModels/{id}/operations/{operation}`."""
    if re.fullmatch(r"tunedModels/[a-z0-9][a-z0-9-]{0,62}/operations/[\w-]+", name):
        return name
    raise failure("API219", detail=f"{name!r} is not of the form tunedModels/…/operations/….")


def _is_place(project: str, location: str) -> bool:
    return bool(_PROJECT.fullmatch(project) and _LOCATION.fullmatch(location))
