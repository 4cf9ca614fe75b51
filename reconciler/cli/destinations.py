"""Paths that a user names on the command line: files/destinations.py writes them, and what is to be known is said."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.files import destinations as places
from reconciler.files.destinations import Destination, Replaces
from reconciler.render.words import escape

__all__ = ["Destination", "Replaces", "destination", "document_place", "folder_for"]


def destination(name: str, replaces: Replaces = Replaces.NOTHING, *, fix: str = "") -> Destination:
    """Look at a path before any work is done for it. Raises ReconcilerError (RUN016, RUN029)."""
    return places.destination(name, replaces, fix=fix, say=_say)


def document_place(name: str) -> Destination:
    """For a plan or a report: an older one is replaced, as the next run of a pipeline does; nothing else is."""
    return destination(name, Replaces.OURS, fix="It is no document of tuneform's: name another file, or remove it.")


def folder_for(name: str) -> Path:
    """A folder that a user names for new files: missing or empty. Raises ReconcilerError."""
    return places.folder_for(name, say=_say)


def _say(words: str) -> None:
    click.echo(escape(words), err=True)
