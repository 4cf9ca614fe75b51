"""Loading everything that the user wrote: all of it, or nothing, with every mistake at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location, in_order
from reconciler.core.model import Address, Declared, Desired
from reconciler.core.settings import Workspace
from reconciler.core.suggest import suggest
from reconciler.files.complaints import check_document
from reconciler.files.dataset_paths import DataFinder, is_pipe
from reconciler.files.declare import declare
from reconciler.files.envelope import kind_of
from reconciler.files.field_rules import place_of, spec_mistakes
from reconciler.files.relations import Named, display_names_of_parents, relation_mistakes
from reconciler.files.schema import KINDS, GeminiTunedModel, VertexTunedModel
from reconciler.files.settings_file import SettingsFinder, settings_path
from reconciler.files.sources import UnreadableError, files_named, read_source, spec_files, stdin_source
from reconciler.files.yaml_tree import Document, Source, read_documents
from reconciler.version import __version__

SPECS_FOLDER: Final = "specs"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the user wrote. `desired` is None as soon as one diagnostic is an error.

    `diagnostics` are in file order; `skipped` counts the documents of other API groups in piped
    input. `workspace` is as far as it could be read.
    """

    desired: Desired | None
    workspace: Workspace
    diagnostics: list[Diagnostic]
    skipped: int = 0


def load(
    folder: str | Path = ".",
    *,
    workspace: str | None = None,
    files: Sequence[str] = (),
    stdin: str | bytes | None = None,
    defaults: Workspace | None = None,
    version: str = __version__,
) -> Loaded:
    """Read specs and settings. Never raises for a user's mistake.

    `folder` is the workspace folder, relative to where the user stands; so are all paths in the
    result. `workspace` is NAME of tuneform.NAME.yaml. `files` are those of `-f`: files, folders, or
    `-` for `stdin`; without any, everything below `specs/` is read, and `desired.is_complete` says
    so. `defaults` are settings from the environment, which files override. `version` is what
    `requiredVersion` is compared with.
    """
    reading = _Reading(Path(folder))
    if files:
        reading.read_named(files, stdin)
    else:
        reading.read_specs_folder(settings_path(Path(folder), workspace))
    finder = SettingsFinder(Path(folder), workspace, defaults or Workspace(), version)
    settings = finder.find(reading.workspaces)
    mistakes = reading.mistakes + finder.mistakes
    declared = _declare_all(reading, settings, mistakes)
    diagnostics = in_order(mistakes)
    is_broken = any(d.is_error for d in diagnostics)
    desired = None if is_broken else Desired.of(declared, is_complete=not files)
    return Loaded(desired, settings, diagnostics, reading.skipped)


@dataclass(slots=True)
class _Reading:
    """What was read so far, and what is wrong with it as text."""

    folder: Path
    mistakes: list[Diagnostic] = field(default_factory=list)
    specs: list[tuple[str, Document]] = field(default_factory=list)
    workspaces: list[Document] = field(default_factory=list)
    skipped: int = 0
    is_whole: bool = True
    """Whether every text could be read to its end: else a missing parent may stand in the rest."""

    def read_specs_folder(self, settings: str) -> None:
        """Everything below specs/; where there are settings and no such folder, it is empty."""
        below = str(self.folder / SPECS_FOLDER)
        if os.path.lexists(below):
            self._read_files(spec_files(below))
        elif not os.path.lexists(settings):
            detail = f"There is no folder {below} and no {settings}."
            fix = f"Run {suggest('init').quoted}, or name the folder of the workspace with -C."
            self.mistakes.append(spec_error("SPEC060", Location(str(self.folder)), detail, fix))

    def read_named(self, files: Sequence[str], stdin: str | bytes | None) -> None:
        """What `-f` names."""
        if "-" in files:
            self._read(stdin_source(stdin or ""))
        self._read_files(files_named([str(self.folder / f) for f in files if f != "-"]))

    def _read_files(self, found: Iterator[str | Diagnostic]) -> None:
        for file in found:
            if isinstance(file, Diagnostic):
                self._note(file)
                continue
            try:
                source = read_source(file)
            except UnreadableError as exc:
                self._note(exc.diagnostic)
            else:
                self._read(source)

    def _read(self, source: Source) -> None:
        documents, mistakes = read_documents(source)
        for mistake in mistakes:
            self._note(mistake)
        for document in documents:
            self._sort(document, is_piped=is_pipe(source.path))

    def _sort(self, document: Document, *, is_piped: bool) -> None:
        kind, mistake = kind_of(document, is_piped=is_piped)
        if mistake is not None:
            self._note(mistake)
        elif kind is None:
            self.skipped += 1
        elif kind == "Workspace":
            self.workspaces.append(document)
        else:
            self.specs.append((kind, document))

    def _note(self, mistake: Diagnostic) -> None:
        self.mistakes.append(mistake)
        self.is_whole = False


def _declare_all(reading: _Reading, settings: Workspace, mistakes: list[Diagnostic]) -> list[Declared]:
    """Every spec that is right by itself; what is wrong, with it or between specs, goes to `mistakes`."""
    finder = DataFinder.of(reading.folder)
    declared: dict[Address, Declared] = {}
    named: list[Named] = []
    for kind, document in reading.specs:
        known = Named.of(kind, document)
        named += [known] if known is not None else []
        spec, found = _declare(kind, document, settings, finder)
        mistakes += _with_address(found, known)
        if spec is not None:
            declared.setdefault(spec.address, spec)
    mistakes += relation_mistakes(named, is_whole=reading.is_whole)
    mistakes += display_names_of_parents(declared, {n.address: n.document for n in named})
    return list(declared.values())


def _declare(
    kind: str, document: Document, settings: Workspace, finder: DataFinder
) -> tuple[Declared | None, list[Diagnostic]]:
    checked, mistakes = check_document(KINDS[kind], document)
    mistakes += spec_mistakes(kind, document, settings)
    if mistakes or not isinstance(checked, VertexTunedModel | GeminiTunedModel):
        return None, mistakes
    spec, mistakes = declare(checked, document, place_of(kind, document, settings), finder)
    return (None if mistakes else spec), mistakes


def _with_address(mistakes: list[Diagnostic], named: Named | None) -> list[Diagnostic]:
    if named is None:
        return mistakes
    return [replace(mistake, address=mistake.address or str(named.address)) for mistake in mistakes]
