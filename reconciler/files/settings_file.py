"""The workspace in force: tuneform.yaml, its namesakes, or a document in the stream."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.core.settings import SpecsFrom, Workspace
from reconciler.files.dataset_paths import is_pipe
from reconciler.files.envelope import kind_of
from reconciler.files.raw import raw_at
from reconciler.files.schema.specs_from import SpecsSource
from reconciler.files.sources import UnreadableFileError, read_source
from reconciler.files.workspace import read_workspace
from reconciler.files.yaml_tree import Document, read_into


def settings_path(folder: Path, name: str | None) -> str:
    """`tuneform.yaml`, or `tuneform.NAME.yaml` for `--workspace NAME`."""
    return str(folder / (f"tuneform.{name}.yaml" if name else "tuneform.yaml"))


def specs_from(folder: Path, name: str | None) -> SpecsFrom | None:
    """Where the file of the settings says that specs are; None where it does not. Its mistakes are said later."""
    try:
        documents = read_into(read_source(settings_path(folder, name)), Findings())
    except UnreadableFileError:
        return None
    said = next((v for d in documents if (v := raw_at(d.value, *_SPECS)) is not None), None)
    try:
        return None if said is None else SpecsSource().check(said)
    except PydanticCustomError:
        return None


def spec_places(folder: Path, name: str | None) -> list[str]:
    """Files and folders, relative to the folder, that a workspace is made of; none where it is made of no files."""
    source = specs_from(folder, name)
    return ["specs"] if source is None else list(source.paths)


def home_of_new_specs(folder: Path, name: str | None) -> Path | None:
    """The first folder that the workspace is made of; None where it is made of none."""
    places = (str(folder / place) for place in spec_places(folder, name))
    home = next((p for p in places if Path(p).is_dir() or not p.endswith((".yaml", ".yml"))), None)
    return None if home is None else Path(home)


def load_workspace(folder: Path, name: str | None, version: str) -> tuple[Workspace, list[Diagnostic]]:
    """The settings of a folder alone, for what needs no specs; defaults where there is no such file."""
    finder = SettingsFinder(folder, name, Workspace(), version)
    return finder.find([]), finder.mistakes.all()


_SPECS = ("spec", "specs")


@dataclass(slots=True)
class SettingsFinder:
    """Finds the settings for one folder; `mistakes` fill up on the way.

    `defaults` count where the file is silent; `version` is tuneform's own.
    """

    folder: Path
    name: str | None
    defaults: Workspace
    version: str
    mistakes: Findings = field(default_factory=Findings)

    def find(self, among_specs: list[Document]) -> Workspace:
        """A piped workspace replaces the file; any other one beside the file is a mistake."""
        is_piped = any(is_pipe(document.source.path) for document in among_specs)
        own = None if is_piped else self._own_document()
        found = ([own] if own is not None else []) + among_specs
        if not found:
            return self._defaults()
        for other in found[1:]:
            detail = f"A workspace stands at {found[0].start} already."
            self._note("SPEC061", other.start, detail, "Keep one of them.")
        if found[0] is not own and raw_at(found[0].value, *_SPECS) is not None:
            where = found[0].place(_SPECS, of_key=True)
            self._note("SPEC084", where, "This workspace is not in a file of its own.", f"Write it into {self._own}.")
        path = found[0].source.path
        beside = self.folder if is_pipe(path) else Path(path).parent
        return read_workspace(found[0], beside, self._defaults(), self.mistakes, version=self.version)

    @property
    def _own(self) -> str:
        return settings_path(self.folder, self.name)

    def _defaults(self) -> Workspace:
        lock = self.defaults.lock
        if lock == Workspace().lock:
            lock = str(self.folder / (f"tuneform.{self.name}.lock" if self.name else lock))
        return replace(self.defaults, path=settings_path(self.folder, self.name), lock=lock)

    def _own_document(self) -> Document | None:
        path = settings_path(self.folder, self.name)
        if not os.path.lexists(path):
            if self.name:
                fix = "Write that file, or choose another workspace."
                self._note("SPEC060", Location(path), f"There is no {path}.", fix)
            return None
        try:
            source = read_source(path)
        except UnreadableFileError as exc:
            self.mistakes.add(exc.diagnostic)
            return None
        before = self.mistakes.count
        documents = read_into(source, self.mistakes)
        if not documents and self.mistakes.count == before:
            fix = "Write the settings, or remove the file."
            self._note("SPEC060", Location(path), f"{path} has no document.", fix)
        return self._only_workspace(documents)

    def _only_workspace(self, documents: list[Document]) -> Document | None:
        own: Document | None = None
        for document in documents:
            kind, mistake = kind_of(document, is_piped=False)
            if mistake is not None:
                self.mistakes.add(mistake)
            elif kind != "Workspace":
                fix = "Move it below specs/, or to a folder under policies."
                self._note("SPEC020", document.start, f"A {kind} stands in the file of the settings.", fix)
            elif own is not None:
                detail = f"A workspace stands at {own.start} already."
                self._note("SPEC061", document.start, detail, "Keep one of them.")
            else:
                own = document
        return own

    def _note(self, code: str, where: Location, detail: str, fix: str) -> None:
        self.mistakes.add(spec_error(code, where, detail, fix))
