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
from reconciler.core.settings import SpecsFrom
from reconciler.core.suggest import suggest
from reconciler.files.dataset_paths import STDIN, is_pipe
from reconciler.files.envelope import kind_of
from reconciler.files.schema import BACKENDS, STATEMENTS
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
    source: SpecsFrom | None = None
    """Where the workspace says that its specs are; None: below specs/."""
    mistakes: Findings = field(default_factory=Findings)
    specs: list[tuple[str, Document]] = field(default_factory=list)
    statements: list[tuple[str, Document]] = field(default_factory=list)
    """Those that declare no model: what was removed, what was renamed."""
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

    @property
    def own(self) -> str:
        """The set that the workspace is made of, as the lock calls it."""
        return self.source.name if self.source else SPECS_FOLDER

    def read_own(self, settings: str, stdin: str | bytes | None) -> None:
        """What the workspace is made of."""
        self.whole = (self.own,)
        if self.source is None:
            self._read_specs_folder(settings)
        elif self.source.stdin:
            self._read_piped(stdin)
        elif self.source.kustomize:
            self._read_rendered(str(self.folder / self.source.kustomize))
        else:
            seen: set[str] = set()
            for path in self.source.paths:
                self._read_files(files_named(str(self.folder / path), seen))

    def _read_piped(self, stdin: str | bytes | None) -> None:
        documents, mistakes = self.count, self.mistakes.count
        self._read(stdin_source(stdin or ""), is_named=True)
        if (documents, mistakes) == (self.count, self.mistakes.count):
            self._nothing_in(STDIN)

    def _read_rendered(self, folder: str) -> None:
        from reconciler.files.kustomize import rendered

        documents, mistakes = self.count, self.mistakes.count
        try:
            source = rendered(folder)
        except UnreadableFileError as exc:
            self._note(exc.diagnostic)
        else:
            self._read(source, is_named=True)
            if (documents, mistakes) == (self.count, self.mistakes.count):
                self._nothing_in(source.path)

    def _read_specs_folder(self, settings: str) -> None:
        """Everything below specs/; where there are settings and no such folder, it is empty."""
        below = str(self.folder / _SPECS)
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
            if file == "-":
                self._read_piped(stdin)
                continue
            path = str(self.folder / file)
            self._read_files(files_named(path, seen), is_named=not Path(path).is_dir())
            if (documents, mistakes) == (self.count, self.mistakes.count) and not _was_read(path, before):
                self._nothing_in(path)

    def _nothing_in(self, path: str) -> None:
        where = Location(path) if Path(path).is_dir() else Location(path, 1, 1)
        what = "What was piped in" if path == STDIN else path
        fix = "Name specs, or a folder of them."
        if path == STDIN:
            fix = "Check the command before the pipe: it may have failed."
        elif is_pipe(path):
            fix = "Name specs under its resources."
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
        elif kind in STATEMENTS:
            self.statements.append((kind, document))
        elif kind not in BACKENDS:
            fix = "Move it to a folder of its own, and name that under policies of the workspace."
            self._note(spec_error("SPEC020", document.start, f"A {kind} stands among the specs.", fix))
        else:
            self.specs.append((kind, document))

    def _origin(self, file: str) -> str:
        """The workspace's own, when all of that or that very file was named; a part of it is a set of its own."""
        if not self.named:
            return self.own
        is_own = self.own in self.whole or file in self.named
        return self.own if is_own and any(_is_below(path, file) for path in self._own_paths) else NAMED

    @property
    def _own_paths(self) -> list[Path]:
        """None where what it is made of is no file."""
        return [self.folder / path for path in (self.source.paths if self.source else (_SPECS,))]

    def _sets_named(self) -> tuple[str, ...]:
        specs = {os.path.realpath(path) for path in self._own_paths}
        named = {os.path.realpath(path) for path in self.named}
        folders = [path for path in named if Path(path).is_dir()]
        covered = {s for s in specs if s in named or any(Path(s).is_relative_to(folder) for folder in folders)}
        is_covered = bool(specs) and covered == specs
        has_others = not named <= specs
        return (self.own,) * is_covered + (NAMED,) * (has_others or not is_covered)

    def _note(self, mistake: Diagnostic) -> None:
        self.mistakes.add(mistake)
        self.is_whole = False


def _is_below(place: Path, file: str) -> bool:
    """As it is written, or where it really lies: a folder may have another name, and links in it. A file is itself."""
    real, folder = os.path.realpath(place), os.path.realpath(os.path.dirname(file))  # noqa: PTH120 - for every file
    return Path(file).is_relative_to(place) or Path(folder).is_relative_to(real) or os.path.realpath(file) == real


def _was_read(path: str, before: frozenset[str]) -> bool:
    """Whether all that a second `-f` names had been named by an earlier one."""
    found = spec_files(path) if Path(path).is_dir() else [path]
    return any(os.path.realpath(file) in before for file in found if isinstance(file, str))
