"""The emulator's dials: every setting with its default, and how a value is checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from reconciler.emulator import SettingError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set when an emulator is opened or over /_emulator/settings. Remembered in the state.

    Durations are emulated seconds: at speed 60 a step of one second takes a sixtieth of one.
    """

    speed: float | str = 1.0  # a factor, "instant" (done at the next read) or "manual" (the clock stands still)
    catalog: str = "current"  # "historic": base models that the services have retired train again
    seed: int = 0  # of ids and loss curves; a new state draws one unless it is given
    queue_s: float = 20.0
    processing_s: float = 15.0
    step_s: float = 1.0
    post_processing_s: float = 30.0
    cancel_s: float = 5.0
    operation_s: float = 1.0
    gemini_start_s: float = 4.0
    gemini_step_s: float = 0.6
    concurrent_jobs: int = 1  # per project, all locations together
    on_quota: str = "queue"  # or "refuse": 429 RESOURCE_EXHAUSTED at create
    gemini_concurrent_jobs: int = 0  # 0: no limit
    page_size: int = 100  # of Vertex lists when the request names none
    max_page_size: int = 1000
    require_auth: bool = False  # Vertex and Cloud Storage: 401 without a bearer token
    require_oauth: bool = False  # Gemini API: an API key alone does not do for tuning
    gemini_retired: bool | None = None  # None: as the catalog says
    implicit_buckets: bool = True  # every bucket exists
    generated_datasets: bool = True  # gs://cloud-samples-data/… has stand-ins
    cancelled_tuned_model: str = "FAILED"  # or "ACTIVE": what a cancelled Gemini API training leaves
    patch_needs_mask: bool = False  # updateMask is required, as the definition says and the clients do not


_CHOICES = {
    "catalog": ("current", "historic"),
    "on_quota": ("queue", "refuse"),
    "cancelled_tuned_model": ("FAILED", "ACTIVE"),
}
_MINIMA = {"page_size": 1, "max_page_size": 1, "concurrent_jobs": 1, "gemini_concurrent_jobs": 0}
SPEED_WORDS = ("instant", "manual")
SLOWEST, FASTEST = 1e-3, 1e9


def changed(settings: Settings, given: Json) -> Settings:
    """The settings with `given` laid over them. Raises SettingError."""
    known = {f.name for f in fields(Settings)}
    unknown = sorted(given.keys() - known)
    if unknown:
        raise SettingError(f"unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    checked: Json = {name: _checked(name, value) for name, value in given.items()}
    return replace(settings, **checked)


def _checked(name: str, value: object) -> object:
    default = getattr(Settings(), name)
    if name == "speed":
        return _speed(value)
    if name in _CHOICES:
        return _choice(name, value)
    if isinstance(default, bool) or default is None:
        return _switch(name, value)
    if isinstance(default, int):
        return _whole(name, value)
    return _seconds(name, value)


def _speed(value: object) -> float | str:
    if value in SPEED_WORDS:
        return str(value)
    factor = _number(value)
    if factor is None or not SLOWEST <= factor <= FASTEST:
        raise SettingError(f"speed is {value!r}; it is a factor from 0.001, 'instant' or 'manual'")
    return factor


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _choice(name: str, value: object) -> object:
    if value not in _CHOICES[name]:
        raise SettingError(f"{name} is {value!r}; it is one of {', '.join(_CHOICES[name])}")
    return value


def _switch(name: str, value: object) -> object:
    if not (isinstance(value, bool) or (value is None and name == "gemini_retired")):
        raise SettingError(f"{name} is {value!r}; it is true or false")
    return value


def _whole(name: str, value: object) -> int:
    least = _MINIMA.get(name, -(2**62))
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**62:
        raise SettingError(f"{name} is {value!r}; it is a whole number" + (f" from {least}" if least >= 0 else ""))
    return value


def _seconds(name: str, value: object) -> float:
    number = _number(value)
    if number is None or not 0 <= number <= FASTEST:
        raise SettingError(f"{name} is {value!r}; it is a number of seconds")
    return number
