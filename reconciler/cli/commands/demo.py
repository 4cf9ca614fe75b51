"""`tuneform demo`: the main job on the embedded emulator, typed as a person would; each command is shown, then run."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.cli.console import style_for
from reconciler.cli.destinations import folder_for
from reconciler.cli.help import command
from reconciler.cli.options import example, some_common
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.render.style import Tone

_SPEED = "24"
"""Times real speed: the four models train in about twenty seconds, long enough to see each of them move."""

_QUESTION = "I was charged twice for the same month, please send one of them back"
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What would happen? Nothing is written, nothing is sent.", ("plan", "--emulator")),
    (
        "Do it: upload, submit, train, serve. Two jobs at a time, a child after its parent.",
        ("apply", "--emulator", "--yes"),
    ),
    ("Again: nothing to do, and the exit code says so.", ("plan", "--emulator", "--detailed-exitcode")),
    ("May a deployment go on?", ("gate", "--emulator")),
    ("What is there now, with job ids and endpoints.", ("status", "--emulator")),
    ("Ask one of them.", ("prompt", "--emulator", "vertex/support-router", _QUESTION)),
)


@command(epilog=example("tuneform demo\ntuneform demo --fast"))
@some_common("color", "verbose")
@click.option("--fast", is_flag=True, help="Train at once instead of for a few seconds.")
@click.option("--keep", metavar="FOLDER", help="Leave the demo's files there instead of in a temporary folder.")
def demo(fast: bool, keep: str | None) -> int:
    """Watch the main job on the embedded emulator: plan, apply, plan again, gate, status."""
    code = _run_demo(fast=fast, keep=keep)
    sys.stdout.flush()
    return code if code in (exits.OK, exits.INTERRUPTED) else exits.FAILED


def _run_demo(*, fast: bool, keep: str | None) -> int:
    """0 when every step ended as it should."""
    with _folder(keep) as folder:
        _copy_specs(folder)
        os.environ["TUNEFORM_EMULATOR_SPEED"] = "instant" if fast else _SPEED
        os.chdir(folder)
        for number, (why, command) in enumerate(STEPS, start=1):
            _announce(number, why, command)
            code = _run(command)
            if code != exits.OK:
                return code
        sys.stdout.write(f"\nThe lock is in {Path(folder) / '.tuneform/emulator.lock'}\n" if keep else "\n")
    return exits.OK


def _run(command: tuple[str, ...]) -> int:
    from reconciler.cli.main import run

    code = run(command)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _announce(number: int, why: str, command: tuple[str, ...]) -> None:
    style = style_for(sys.stdout)
    words = " ".join(f'"{word}"' if " " in word else word for word in command)
    rule = ("─" if style.unicode else "-") * min(style.width, 80)
    sys.stdout.write(
        f"\n{style.palette.paint(rule, Tone.FAINT)}\n"
        f"{style.palette.paint(f'{number}/{len(STEPS)}  {why}', Tone.STRONG)}\n"
        f"{style.palette.paint(f'$ tuneform {words}', Tone.MOVED)}\n\n"
    )
    sys.stdout.flush()


@contextmanager
def _folder(keep: str | None) -> Iterator[str]:
    if keep is not None:
        yield str(folder_for(keep))
        return
    where = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="tuneform-demo-") as folder:
        try:
            yield folder
        finally:
            os.chdir(where)


def _copy_specs(folder: str) -> None:
    """From the wheel; in a checkout, from the repository itself."""
    package = Path(__file__).resolve().parents[2]
    shipped = package / "data" / "demo"
    source = shipped if shipped.is_dir() else package.parent
    if not (source / "specs").is_dir():
        raise ReconcilerError(
            run_diagnostic("RUN013", "This installation has no demo specs.", fix="Reinstall tuneform.")
        )
    shutil.copytree(source / "specs", Path(folder) / "specs", dirs_exist_ok=True)
    shutil.copy(source / "tuneform.yaml", folder)
