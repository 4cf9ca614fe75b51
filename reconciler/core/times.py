"""Times of the lock and of answers: RFC 3339, read as moments; text does not sort as they do. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime


def seconds_of(time: str) -> float:
    """Seconds since the epoch, whatever the offset and the digits (beyond microseconds they are cut); 0.0 for no time.

    RFC 3339 demands an offset; a time without one is taken for UTC, as the lock's are.
    """
    try:
        moment = datetime.fromisoformat(time)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def written(seconds: float) -> str:
    """Seconds since the epoch as the lock and streams of events write them: UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(seconds: float) -> date:
    """The day of a moment, given in seconds since the epoch; UTC."""
    return datetime.fromtimestamp(seconds, UTC).date()


def moment(time: str) -> tuple[float, str]:
    """What sorts times: `00.5Z` is after `00Z`, though its text is before it; "" is before all."""
    return (seconds_of(time), time)


def latest_of(times: Iterable[str]) -> str:
    """The last of them, as it is written; "" for none."""
    return max(times, key=moment, default="")
