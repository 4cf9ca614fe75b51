"""One call as a value: what to ask which service, and what it would mean to ask twice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote, urlencode

import msgspec

from reconciler.backends.remedies import Asked
from reconciler.backends.targets import Service


class CallKind(Enum):
    """What asking twice would do."""

    READ = "read"
    CHANGE = "change"
    """Patches, deletions, cancels, undeployments: repeating one changes nothing more."""
    CREATE = "create"
    """Never repeated: a second one costs a second training."""
    ASK = "ask"
    """A prompt of somebody who looks on: nothing is made, and it is paid for each time."""
    QUESTION = "question"
    """A prompt of a gate, which asks a thousand: one that fails in passing is sent again (patience.py)."""

    @property
    def repeats(self) -> bool:
        """Whether a failed call may be sent again."""
        return self in (CallKind.READ, CallKind.CHANGE, CallKind.QUESTION)


@dataclass(frozen=True, slots=True)
class Call:
    """`method` is the API's own name of it, for messages; `path` is decoded, without a query.

    `location` decides the host for Vertex AI. `project` is for remedies; `quota_project` is sent as
    x-goog-user-project, over what the credentials say.
    """

    method: str
    service: Service
    verb: str
    path: str
    kind: CallKind = CallKind.READ
    location: str = ""
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    quota_project: str = ""
    url: str = ""
    """Instead of target and path: an upload session's own address, already found to be the service's."""
    accepts: frozenset[int] = frozenset()
    """Statuses beside 2xx that are answers and no errors."""
    largest_bytes: int = 0
    """What is read of the answer at most; 0 leaves it to the client."""
    longest_s: float = 0.0
    """How long it may take altogether; 0 leaves it to the client."""
    is_last: bool = False
    """Whether it may begin when the run is over: what keeps a record, or gives the lock back."""
    private: tuple[str, ...] = ()
    """Training examples in the body: what an error says of them is hidden, as a token is."""

    @property
    def target_path(self) -> str:
        """Path and query as they are sent."""
        path = quote(self.path, safe="/:@%" if self.service is Service.STORAGE else "/:@")
        query = urlencode(self.query, doseq=True)
        return f"{path}?{query}" if query else path

    def asked(self, secrets: tuple[str, ...] = ()) -> Asked:
        """What an error message says of it."""
        return Asked(
            method=self.method,
            service=self.service.value,
            project=self.quota_project or self.project,
            creates=self.kind is CallKind.CREATE,
            changes=self.kind in (CallKind.CREATE, CallKind.CHANGE),
            scopes=self.service.scopes,
            secrets=secrets,
            bucket=self.bucket,
        )

    @property
    def bucket(self) -> str:
        """The bucket that a call to Cloud Storage names in its path, or ""."""
        found = re.search(r"/b/([^/]+)", self.path) if self.service is Service.STORAGE else None
        return found[1] if found else ""


def json_body(value: object) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(value)
