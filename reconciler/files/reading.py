"""What is read of the user's files, sorted by what it is, and what is wrong with it as text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.findings import Findings
from reconciler.core.model import NAMED, SPECS_FOLDER
from reconciler.core.suggest import suggest
from reconciler.files.dataset_paths import STDIN, is_pipe
from reconciler.files.envelope import kind_of
from reconciler.files.sources import (
    Found,
    Passed,
    UnreadableFileError,
    files_named,
    is_kustomization,
    read_source,
    spec_files,
    stdin_source,
)
from reconciler.files.unread import Unread, judge, judge_document, judge_text
from reconciler.files.yaml_tree import Document, SourceText, read_into

_SPECS: Final = "specs"


@dataclass(slots=True)
class SpecTexts:
    """What was read so far, and what is wrong with it as text."""

    folder: Path
    mistakes: Findings = field(default_factory=Findings)
    specs: list[tuple[str, Document]] = field(default_factory=list)
    workspaces: list[Document] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    origins: dict[str, str] = field(default_factory=dict)
    """Of which set a file is, by its path."""
    whole: tuple[str, ...] = ()
    """The sets that this would be the whole of."""
    named: frozenset[str] = frozenset()
    count: int = 0
    """Of documents, whatever they are."""
    skipped: int = 0
    has_place: bool = True
    """Whether there is a workspace here at all."""
    is_whole: bool = True
    """Whether every text could be read to its end: else a missing parent may stand in the rest."""

    def read_specs_folder(self, settings: str) -> None:
        """Everything below specs/; where there are settings and no such folder, it is empty."""
        below = str(self.folder / _SPECS)
        self.whole = (SPECS_FOLDER,)
        if os.path.lexists(below):
            self._read_files(spec_files(below))
        elif not os.path.lexists(settings):
            detail = f"There is no folder {below} and no {settings}."
            fix = f"Run {suggest('init').quoted}, or name the folder of the workspace with -C."
            self.has_place = False
            self.mistakes.add(spec_error("SPEC060", Location(str(self.folder)), detail, fix))

    def read_named(self, files: Sequence[str], stdin: str | bytes | None) -> None:
        """What `-f` names; each of them must have something in it."""
        seen: set[str] = set()
        self.named = frozenset(str(self.folder / file) for file in files)
        self.whole = self._sets_named()
        for file in dict.fromkeys(files):
            documents, mistakes, before = self.count, self.mistakes.count, frozenset(seen)
            path = STDIN if file == "-" else str(self.folder / file)
            if file == "-":
                self._read(stdin_source(stdin or ""), is_named=True)
            else:
                self._read_files(files_named(path, seen), is_named=not Path(path).is_dir())
            if (documents, mistakes) == (self.count, self.mistakes.count) and not _was_read(path, before):
                self._nothing_in(path)

    def _nothing_in(self, path: str) -> None:
        where = Location(path) if Path(path).is_dir() else Location(path, 1, 1)
        what = "What was piped in" if path == STDIN else path
        fix = (
            "Check the command before the pipe: it may have failed."
            if path == STDIN
            else "Name specs, or a folder of them."
        )
        self.mistakes.add(spec_error("SPEC014", where, f"{what} has no document.", fix))

    def _read_files(self, found: Iterator[Found], *, is_named: bool = False) -> None:
        for file in found:
            if isinstance(file, Diagnostic):
                self._note(file)
            elif isinstance(file, Passed):
                self._pass_over(file)
            else:
                self._read_file(file, is_named=is_named)

    def _read_file(self, file: str, *, is_named: bool) -> None:
        try:
            source = read_source(file)
        except UnreadableFileError as exc:
            self._note(exc.diagnostic)
        else:
            self._read(source, is_named=is_named)

    def _pass_over(self, passed: Passed) -> None:
        unread = judge(passed)
        if unread is not None:
            self.unread.append(unread)
        elif is_kustomization(passed.path):
            self.skipped += 1

    def _read(self, source: SourceText, *, is_named: bool) -> None:
        before = self.mistakes.count
        documents = read_into(source, self.mistakes)
        has_mistakes = self.mistakes.count > before
        self.is_whole = self.is_whole and not has_mistakes
        self.read.add(source.path)
        self.origins[source.path] = self._origin(source.path)
        self.count += len(documents)
        for document in documents:
            self._sort(document, is_piped=is_pipe(source.path))
        self.unread += judge_text(source, is_silent=not (documents or has_mistakes or is_named))

    def _sort(self, document: Document, *, is_piped: bool) -> None:
        kind, mistake = kind_of(document, is_piped=is_piped)
        if mistake is not None:
            self._note(mistake)
        elif kind is None:
            self.skipped += 1
            unread = judge_document(document)
            self.unread += [unread] if unread is not None else []
        elif kind == "Workspace":
            self.workspaces.append(document)
        else:
            self.specs.append((kind, document))

    def _origin(self, file: str) -> str:
        """The folder's own, when the folder or that very file was named; a part of it is a set of its own."""
        if not self.named:
            return SPECS_FOLDER
        is_own = SPECS_FOLDER in self.whole or file in self.named
        return SPECS_FOLDER if is_own and _is_below(self.folder / _SPECS, file) else NAMED

    def _sets_named(self) -> tuple[str, ...]:
        specs = os.path.realpath(self.folder / _SPECS)
        folders = [os.path.realpath(path) for path in self.named if Path(path).is_dir()]
        is_covered = any(Path(specs).is_relative_to(folder) for folder in folders)
        has_others = set(folders) != {specs} or len(folders) < len(self.named)
        return (SPECS_FOLDER,) * is_covered + (NAMED,) * has_others

    def _note(self, mistake: Diagnostic) -> None:
        self.mistakes.add(mistake)
        self.is_whole = False


def _is_below(folder: Path, file: str) -> bool:
    """As it is written, or where it really lies: the folder may have another name, and links in it."""
    real = os.path.realpath(os.path.dirname(file))  # noqa: PTH120 - called for every file
    return Path(file).is_relative_to(folder) or Path(real).is_relative_to(os.path.realpath(folder))


def _was_read(path: str, before: frozenset[str]) -> bool:
    """Whether all that a second `-f` names had been named by an earlier one."""
    found = spec_files(path) if Path(path).is_dir() else [path]
    return any(os.path.realpath(file) in before for file in found if isinstance(file, str))
