"""Two clocks: the time of day that answers show, and the training clock that jobs advance by.

The time of day follows the wall clock (with what was added by hand); training time runs at the speed dial's factor.
Both are stored as one anchor, so that an emulator in a short-lived process finds its jobs further on at its next run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.emulator.errors import SettingError

Json = dict[str, Any]

END_OF_TIME = 1e200  # the horizon of "instant"
LAST_SECOND = 221_845_392_000.0  # of the year 8999
NEVER = 1e300  # the due time of what a fault made hang; beyond every horizon


@dataclass(frozen=True, slots=True)
class Anchor:
    """At wall time `wall` the emulator's time of day was `shown` and its training time `trained`, in seconds."""

    wall: float
    shown: float
    trained: float
    speed: float | str


@dataclass(frozen=True, slots=True)
class Moment:
    """The clocks at one instant: constant while one request is answered."""

    anchor: Anchor
    shown: float

    @property
    def is_instant(self) -> bool:
        """Whether everything due happens at the next read."""
        return self.anchor.speed == "instant"

    @property
    def trained(self) -> float:
        """Training time now."""
        return self.anchor.trained + (self.shown - self.anchor.shown) * self._factor

    @property
    def horizon(self) -> float:
        """Events up to this training time have happened."""
        return END_OF_TIME if self.is_instant else self.trained

    def shown_at(self, trained: float) -> float:
        """The time of day at which training time had that value; never later than now.

        Events from before the present anchor were settled when it was set, so that the present line is right.
        """
        if self.is_instant:
            return self.shown
        return min(self.shown, self.anchor.shown + (trained - self.anchor.trained) / self._factor)

    @property
    def _factor(self) -> float:
        if self.anchor.speed == "manual":
            return 1.0
        return 0.0 if self.is_instant else float(self.anchor.speed)


def start(wall: float, speed: float | str) -> Anchor:
    """The anchor of a new state."""
    return Anchor(wall, wall, 0.0, speed)


def read(anchor: Anchor, wall: float) -> Moment:
    """The clocks now. A wall clock that went backwards does not take the emulator with it."""
    elapsed = 0.0 if anchor.speed == "manual" else max(0.0, wall - anchor.wall)
    return Moment(anchor, anchor.shown + elapsed)


def advanced(moment: Moment, wall: float, seconds: float) -> Anchor:
    """The anchor after `seconds` of training time have passed at once. Raises SettingError beyond the year 9000."""
    speed = moment.anchor.speed
    shown_s = seconds / speed if isinstance(speed, (int, float)) else seconds
    trained = 0.0 if moment.is_instant else seconds
    if moment.shown + shown_s > LAST_SECOND:
        raise SettingError("the emulator's clock ends with the year 9000")
    return Anchor(wall, moment.shown + shown_s, moment.trained + trained, speed)


def with_speed(moment: Moment, wall: float, speed: float | str) -> Anchor:
    """The anchor for another speed from now on."""
    return Anchor(wall, moment.shown, moment.trained, speed)


def to_json(anchor: Anchor) -> Json:
    """The anchor as it is stored."""
    return asdict(anchor)


def from_json(raw: Json) -> Anchor:
    """The stored anchor."""
    return replace(start(0, 1.0), **raw)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(seconds: float, *, digits: int = 6) -> str:
    """RFC 3339 in UTC with that many digits of a second (3, 6 or 9; nanoseconds below a microsecond are derived)."""
    moment = _EPOCH + timedelta(microseconds=round(seconds * 1e6))
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if digits == 9:
        text += f"{(moment.microsecond * 7919 + 137) % 1000:03d}"
    return text[: 20 + digits] + "Z"
