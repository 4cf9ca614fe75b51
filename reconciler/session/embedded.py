"""The emulator inside the process: its state, its speed, and what keeps it from starting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import ReconcilerError

if TYPE_CHECKING:
    from reconciler.emulator import Emulator

EMBEDDED_SPEED = "12"
"""Times real speed, unless TUNEFORM_EMULATOR_SPEED says otherwise: what `init` writes trains in about seven seconds."""


def open_emulator(state: str, *, catalog: str, speed: str | None, **more: Any) -> Emulator:
    """The embedded emulator on a state file; made where it is missing, with its folder kept out of git."""
    from reconciler.emulator import Emulator

    folder = Path(state).parent
    with starting_emulator():
        folder.mkdir(parents=True, exist_ok=True)
        if folder.name == ".tuneform":
            with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as ignore:
                ignore.write("*\n")
        return Emulator.open(state, speed=speed_of(speed), catalog=catalog, **more)  # type: ignore[arg-type]


@contextmanager
def starting_emulator() -> Iterator[None]:
    """What keeps an emulator from starting is said in words: its state, a setting, the disk."""
    from reconciler.core.codes_run import run_diagnostic
    from reconciler.emulator import SettingError, StateError

    try:
        yield
    except (SettingError, StateError) as exc:
        raise ReconcilerError(run_diagnostic("RUN015", f"{exc}.")) from exc
    except OSError as exc:
        raise ReconcilerError(run_diagnostic("RUN015", f"{exc.filename}: {exc.strerror or exc}.")) from exc


def speed_of(text: str | None) -> float | str | None:
    """A word of the emulator's, or a factor; anything else is the emulator's to refuse."""
    if text is None:
        return text
    try:
        return float(text)
    except ValueError:
        return text
