"""How a run ends when it does not end well: one message, one exit code, no traceback."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from reconciler.cli.streams import silence
from reconciler.core import exits
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, Severity, in_order
from reconciler.session.clock import Interrupted
from reconciler.session.disks import disk_trouble
from reconciler.version import __version__

_QUOTED = re.compile(r"""'[^']{8,}'|"[^"]{8,}\"""")
"""What a message quotes may be a training example or a secret."""


_SHOWN_PER_CODE = 20


def ending(command: Callable[[list[str]], int], argv: list[str]) -> int:  # noqa: PLR0911 - one return a kind of end
    """Run it, and say in the user's words what stopped it."""
    try:
        return command(argv)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        exc.show(sys.stderr)
        return exits.USAGE if isinstance(exc, click.UsageError) else exits.FAILED
    except ReconcilerError as exc:
        show(in_order(exc.diagnostics))
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\nInterrupted.\n")
        return exits.INTERRUPTED
    except Interrupted as exc:
        if not exc.is_reported:
            sys.stderr.write("\nInterrupted.\n")
        return exc.code
    except Exception as exc:  # noqa: BLE001 - the one handler of bugs
        if (found := disk_trouble(exc)) is not None:
            return _disk(found)
        return _bug(exc, argv)


def show(diagnostics: list[Diagnostic]) -> None:
    """On stderr, as the terminal likes it; of many that say the same the first, and how many more."""
    from reconciler.cli.console import style_for
    from reconciler.core.alike import at_most
    from reconciler.render.terminal.diagnostics import render_diagnostics

    shown, rest = at_most(diagnostics, _SHOWN_PER_CODE)
    sys.stderr.write(render_diagnostics(shown, style_for(sys.stderr)))
    for code, more in rest.items():
        sys.stderr.write(f"{more:,} more of {code}.\n")


def _disk(found: Diagnostic) -> int:
    """Wherever it comes from: standard output may be a file too."""
    show([found])
    silence(sys.stdout)
    return exits.FAILED


def _bug(exc: Exception, argv: list[str]) -> int:
    """Anything else is ours: version, command, and where the trace was written."""
    trace = _trace_of(exc)
    words = " ".join(argv[:1])
    fd, name = tempfile.mkstemp(prefix="tuneform-bug-", suffix=".txt")
    with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"tuneform {__version__}, Python {sys.version}\ncommand: {words}\n\n{trace}")
    show(
        [
            Diagnostic(
                "BUG001",
                Severity.ERROR,
                "A bug in tuneform",
                f"{type(exc).__name__} in `tuneform {words}` (version {__version__}). The trace is in {Path(name)}.",
                fix="Please report it with that file; read it first, it may quote your specs. "
                "The lock is as the last save left it: running the same command again is harmless.",
            )
        ]
    )
    return exits.BUG


def _trace_of(exc: BaseException) -> str:
    """Files, lines and functions, causes first; no locals, and of a message nothing that a value was quoted in."""
    from reconciler.backends.quoting import cleaned

    before = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    earlier = f"{_trace_of(before)}\nwhich led to:\n\n" if before is not None else ""
    frames = "".join(traceback.format_tb(exc.__traceback__))
    words = cleaned(_QUOTED.sub("'…'", str(exc)), limit=300)
    return f"{earlier}{frames}{type(exc).__qualname__}: {words}\n"
