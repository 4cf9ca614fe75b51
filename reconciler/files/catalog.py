"""The base-model catalogue of a workspace, dated data: the one that is shipped, or a newer one that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from reconciler.core.catalog import Catalog
from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.settings import CatalogFrom, Workspace
from reconciler.files.bounds import CATALOG, bytes_of
from reconciler.files.data_cache import keep_private

Fetch: TypeAlias = Callable[[str, int], bytes]
"""What an address holds, so many bytes at most. Raises OSError, whose words say why it cannot be had."""
CatalogOf: TypeAlias = Callable[[Workspace], Catalog]
"""The catalogue of a workspace. Raises ReconcilerError where the one that it names cannot be had."""


@cache
def shipped_catalog() -> Catalog:
    """reconciler/data/catalog.json."""
    content = files("reconciler").joinpath("data/catalog.json").read_bytes()
    return msgspec.json.decode(content, type=Catalog)


def not_fetched(_url: str, _most: int) -> bytes:
    """Of a caller that asks nobody: what is in the cache is all that there is."""
    raise OSError("it is not in the cache")


def catalog_of(workspace: Workspace, fetch: Fetch = not_fetched) -> Catalog:
    """With the workspace's corrections.

    Raises ReconcilerError: SPEC092 where the one that the workspace names cannot be had or read, SPEC093 where it is
    another one than its digest says.
    """
    source = workspace.catalog_from
    return (shipped_catalog() if source is None else _taken(source, fetch)).overridden(workspace.models)


def catalog_at_hand(workspace: Workspace) -> Catalog:
    """The same, and the shipped one where the other cannot be had: what is under way is finished without it."""
    try:
        return catalog_of(workspace)
    except ReconcilerError:
        return shipped_catalog().overridden(workspace.models)


def _taken(source: CatalogFrom, fetch: Fetch) -> Catalog:
    content = _content(source, fetch)
    try:
        catalog = msgspec.json.decode(content, type=Catalog)
    except (ValueError, RecursionError) as exc:
        raise _unreadable(source, f"{source.name} is no catalogue: {exc}.") from exc
    if not catalog.models:
        raise _unreadable(source, f"{source.name} has no base models.")
    return replace(catalog, origin=source.name)


def _content(source: CatalogFrom, fetch: Fetch) -> bytes:
    if source.file:
        try:
            content = bytes_of(source.file, CATALOG)
        except OSError as exc:
            raise _unreadable(source, f"{source.file}: {exc.strerror or exc}.") from exc
        return _checked(source, content)
    return _kept(source) or _fetched(source, fetch)


def _kept(source: CatalogFrom) -> bytes:
    """What was fetched before; nothing where it was damaged since."""
    try:
        content = bytes_of(source.kept, CATALOG)
    except OSError:
        return b""
    return content if _digest(content) == source.sha256 else b""


def _fetched(source: CatalogFrom, fetch: Fetch) -> bytes:
    try:
        content = fetch(source.url, CATALOG.most)
    except OSError as exc:
        fix = f"Run it once where the address can be reached: it is kept in {source.kept} then. Or name a file."
        raise _unreadable(source, f"{source.url} could not be fetched: {exc.strerror or exc}.", fix) from exc
    _checked(source, content)
    keep_private(Path(source.kept), content)
    return content


def _checked(source: CatalogFrom, content: bytes) -> bytes:
    found = _digest(content)
    if source.sha256 and found != source.sha256:
        detail = f"{source.name} has the sha256 {found}, and catalogFrom says {source.sha256}."
        fix = "Look at what has changed in it, and write the new digest; or name the one that was meant."
        raise ReconcilerError(spec_error("SPEC093", source.where, detail, fix))
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unreadable(source: CatalogFrom, detail: str, fix: str = "") -> ReconcilerError:
    fix = fix or "Name a file in the form of the catalogue that tuneform comes with, or remove catalogFrom."
    return ReconcilerError(spec_error("SPEC092", source.where, detail, fix))
