"""The emulator's dials: every setting with its default, and how a value is checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, get_type_hints

from reconciler.emulator.errors import SettingError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """What can be set when an emulator is opened or over /_emulator/settings. Remembered in the state.

    Durations are emulated seconds: at speed 60 a step of one second takes a sixtieth of one.
    """

    speed: Annotated[
        float | str,
        "factor of training time; `real`: 1; `instant`: done at the next request; `manual`: the clock stands still",
    ] = 1.0
    catalog: Annotated[str, "`historic`: base models that the services have retired train again"] = "current"
    seed: Annotated[int, "of ids and loss curves; a new state draws one"] = 0
    queue_s: Annotated[float, "a job with a place is PENDING so long"] = 20.0
    processing_s: Annotated[float, "a job processes its dataset so long"] = 15.0
    step_s: Annotated[float, "a training step"] = 1.0
    post_processing_s: Annotated[float, "from the last step to the model and its endpoints"] = 30.0
    cancel_s: Annotated[float, "from CANCELLING to CANCELLED"] = 5.0
    operation_s: Annotated[float, "an operation of Vertex AI; done at the next read when instant or manual"] = 1.0
    gemini_start_s: Annotated[float, "before the first step of a Gemini API training"] = 4.0
    gemini_step_s: Annotated[float, "a step of a Gemini API training"] = 0.6
    concurrent_jobs: Annotated[int, "tuning jobs of a project, all locations together"] = 1
    on_quota: Annotated[str, "`queue`: a further job waits; `refuse`: 429 at create"] = "queue"
    gemini_concurrent_jobs: Annotated[int, "Gemini API trainings at once; 0: no limit"] = 0
    page_size: Annotated[int, "rows of a Vertex AI list when the request names none"] = 100
    max_page_size: Annotated[int, "a larger page is cut to this"] = 1000
    require_auth: Annotated[bool, "Vertex AI and Cloud Storage answer 401 without a bearer token"] = False
    require_oauth: Annotated[bool, "a key alone does not do for tuning on the Gemini API"] = False
    gemini_retired: Annotated[bool | None, "tuning has left the Gemini API; null: as the catalog says"] = None
    implicit_buckets: Annotated[bool, "every bucket exists by being named"] = True
    generated_datasets: Annotated[bool, "`gs://cloud-samples-data/….jsonl` have stand-ins"] = True
    cancelled_tuned_model: Annotated[str, "`FAILED` or `ACTIVE`: what a cancelled Gemini API training leaves"] = (
        "FAILED"
    )
    open_models_registered: Annotated[bool, "a tuning of an open model adds a Model without an endpoint"] = False
    unscripted: Annotated[str, "`answer`, or `refuse`: what a prompt gets that no script fits"] = "answer"
    any_base_model: Annotated[bool, "the Gemini API answers prompts to base models that its list has not"] = False
    patch_needs_mask: Annotated[bool, "a PATCH without `updateMask` is refused, as the definition has it"] = False


def described() -> list[tuple[str, object, str]]:
    """(name, default, what it does) of every setting, for the documentation."""
    hints = get_type_hints(EmulatorSettings, include_extras=True)
    return [(f.name, f.default, hints[f.name].__metadata__[0]) for f in fields(EmulatorSettings)]


_CHOICES = {
    "catalog": ("current", "historic"),
    "on_quota": ("queue", "refuse"),
    "cancelled_tuned_model": ("FAILED", "ACTIVE"),
    "unscripted": ("answer", "refuse"),
}
_MINIMA = {"page_size": 1, "max_page_size": 1, "concurrent_jobs": 1, "gemini_concurrent_jobs": 0}
SPEED_WORDS = ("instant", "manual")
SLOWEST, FASTEST = 1e-3, 1e9


def changed(settings: EmulatorSettings, given: Json) -> EmulatorSettings:
    """The settings with `given` laid over them. Raises SettingError."""
    known = {f.name for f in fields(EmulatorSettings)}
    unknown = sorted(given.keys() - known)
    if unknown:
        raise SettingError(f"unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    checked: Json = {name: _checked(name, value) for name, value in given.items()}
    return replace(settings, **checked)


def _checked(name: str, value: object) -> object:
    default = getattr(EmulatorSettings(), name)
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
    if value == "real":
        return 1.0
    if value in SPEED_WORDS:
        return str(value)
    factor = _number(value)
    if factor is None or not SLOWEST <= factor <= FASTEST:
        raise SettingError(f"speed is {value!r}; it is a factor from 0.001, 'real', 'instant' or 'manual'")
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
