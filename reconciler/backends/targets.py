"""Where requests go: Google's hosts, by the location inside a resource name, or one emulator."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from reconciler.backends.failures import failure

_CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_TUNING = "https://www.googleapis.com/auth/generative-language.tuning"


class Service(Enum):
    """The three services that are spoken to."""

    VERTEX = "vertex"
    GEMINI = "gemini"
    STORAGE = "storage"

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a token must be allowed to do."""
        return (_CLOUD_PLATFORM, _TUNING) if self is Service.GEMINI else (_CLOUD_PLATFORM,)


class Target(Protocol):
    """Google, or an emulator."""

    @property
    def takes_credentials(self) -> bool:
        """Whether tokens are looked up and sent."""

    @property
    def is_embedded(self) -> bool:
        """Whether it answers inside this process, so that several threads win nothing."""

    def base_url(self, service: Service, location: str) -> str:
        """Scheme and host for a resource of this location ("" where the service has none)."""


@dataclass(frozen=True, slots=True)
class Google:
    """The real services."""

    takes_credentials: bool = True
    is_embedded: bool = False

    def base_url(self, service: Service, location: str) -> str:
        """Regions have a host each, the multi-regions us and eu another kind, and `global` a third."""
        if service is not Service.VERTEX:
            name = "storage" if service is Service.STORAGE else "generativelanguage"
            return f"https://{name}.googleapis.com"
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", location):
            raise failure("API219", detail=f"{location!r} is not a location.")
        if location == "global":
            return "https://aiplatform.googleapis.com"
        if location in ("us", "eu"):
            return f"https://aiplatform.{location}.rep.googleapis.com"
        return f"https://{location}-aiplatform.googleapis.com"


@dataclass(frozen=True, slots=True)
class EmulatorAt:
    """One base URL for all services. No credential is looked up or sent."""

    url: str
    takes_credentials: bool = False
    is_embedded: bool = False

    def base_url(self, service: Service, location: str) -> str:  # noqa: ARG002 - one address for all
        """The emulator's root."""
        return self.url


EMBEDDED = EmulatorAt("http://localhost", is_embedded=True)
"""The emulator inside this process: no port; the host's name is for error messages alone."""


def emulator_at(url: str) -> EmulatorAt:
    """A served emulator. BackendError API208 for plain http to another machine, API209 for no such URL."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    extras = (parts.username, parts.password, parts.query, parts.fragment, parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not host or any(extras):
        raise failure(
            "API209",
            detail=f"{_without_secrets(parts)} does not name an emulator.",
            fix="Write the URL of its root, for instance http://127.0.0.1:8787.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise failure(
            "API208",
            detail=f"{host} is not this machine.",
            fix="Use https, or forward a port of this machine.",
        )
    return EmulatorAt(f"{parts.scheme}://{parts.netloc}")


def _without_secrets(parts: SplitResult) -> str:
    """Scheme, host and port: what else stands in a URL may be a password or a key."""
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return repr(shown if parts.netloc else f"{parts.scheme}:…" if parts.scheme else "It")


def is_loopback(host: str) -> bool:
    """Whether packets to this host never leave the machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
