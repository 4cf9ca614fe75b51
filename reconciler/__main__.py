"""The command line's entry point. `tuneform --version` must not pay for anything else."""

from __future__ import annotations

import gc
import os
import sys

from reconciler.version import __version__


def main() -> None:
    """Run the command and leave at once: tearing the interpreter down takes longer than a plan."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"tuneform {__version__}\n")
        return
    # Short-lived, and it builds large trees: the cyclic collector is half of every parse.
    gc.disable()
    from reconciler.cli import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
