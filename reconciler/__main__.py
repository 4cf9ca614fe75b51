"""The command line's entry point. `tuneform --version` must not pay for anything else."""

from __future__ import annotations

import gc
import os
import sys

from reconciler.version import __version__

# As typing.TYPE_CHECKING; importing typing would triple the time of `tuneform --version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command and leave at once: tearing the interpreter down takes longer than a plan."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        _leave(_write_version())
    # Short-lived, and it builds large trees: the cyclic collector is half of every parse.
    gc.disable()
    from reconciler.cli import run
    from reconciler.cli.streams import open_closed_streams

    open_closed_streams()
    _leave(run(sys.argv[1:]))


def _write_version() -> int:
    if sys.stdout is None:
        return 0
    try:
        sys.stdout.write(f"tuneform {__version__}\n")
    except OSError as exc:
        return 0 if isinstance(exc, BrokenPipeError) else 1
    return 0


def _leave(code: int) -> NoReturn:
    """With what is still buffered written, or its loss in the exit code."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except BrokenPipeError:  # whoever read it had read enough
            pass
        except OSError:
            code = code or (1 if stream is sys.stdout else 0)
    os._exit(code)


if __name__ == "__main__":
    main()
