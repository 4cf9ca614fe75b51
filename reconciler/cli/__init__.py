"""The command line: click commands of a few lines, and the one place where parts are put together."""

from reconciler.cli.main import run

__all__ = ["run"]
