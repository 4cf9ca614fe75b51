"""Training data for a program: what `tuneform dataset` does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.plurals import counted
from reconciler.library import arguments as given
from reconciler.library.arguments import Place
from reconciler.library.errors import call, wrong_argument
from reconciler.library.results import Result
from reconciler.library.sessions import Opener
from reconciler.session.clock import SystemClock

if TYPE_CHECKING:
    from reconciler.datasets import Checked
    from reconciler.files.destinations import Destination
    from reconciler.session.sessions import LockSession

_SEVERITIES = ("error", "warning", "note", "off")


@dataclass(frozen=True, slots=True, repr=False)
class CheckedData(Result, Sequence["CheckedFile"]):
    """Files with everything that is wrong with them; `warnings` are about what was asked for."""

    _results: tuple[Checked, ...]
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether none of them has an error."""
        return all(result.ok for result in self._results)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with all of them, each with its line."""
        return tuple(found for result in self._results for found in result.diagnostics())

    def to_json(self) -> str:
        """The document of `tuneform dataset check FILES --format json`."""
        from reconciler.datasets.report import json_text

        return json_text(self._results)

    @overload
    def __getitem__(self, index: int) -> CheckedFile: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[CheckedFile, ...]: ...
    def __getitem__(self, index: int | slice) -> CheckedFile | tuple[CheckedFile, ...]:
        if isinstance(index, slice):
            return tuple(map(CheckedFile, self._results[index]))
        return CheckedFile(self._results[index])

    def __len__(self) -> int:
        return len(self._results)

    def __str__(self) -> str:
        from reconciler.datasets.report import text

        return "".join(map(text, self._results))

    def _in_short(self) -> str:
        return f"{counted(len(self), 'file')}, {'no error' if self.ok else 'with errors'}"

    def _repr_html_(self) -> str:
        from reconciler.datasets.report import summary
        from reconciler.render.html.notebook import messages_piece

        return messages_piece(self.diagnostics, "; ".join(map(summary, self._results)))


@dataclass(frozen=True, slots=True, repr=False)
class CheckedFile:
    """One file of training data, as it was read."""

    _known: Checked

    @property
    def name(self) -> str:
        """As it was given."""
        return self._known.name

    @property
    def ok(self) -> bool:
        """Whether it has no error."""
        return self._known.ok

    @property
    def examples(self) -> int:
        """How many it holds."""
        return self._known.examples

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with it."""
        return tuple(self._known.diagnostics())

    @property
    def data(self) -> dict[str, Any]:
        """Counts, sizes and tokens: its part of the JSON document."""
        from reconciler.datasets.report import as_json

        return as_json(self._known)

    def __repr__(self) -> str:
        from reconciler.datasets.report import summary

        return f"<{summary(self._known)}>"


@dataclass(frozen=True, slots=True)
class ConvertedData:
    """What became of a conversion. `lines` say what was left out or lost, each once."""

    out: str
    ok: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SplitData:
    """The files that were made, and how many lines each has; `test` is "" where no third part was asked for.

    `classes` has of each class how many went to each file, in the same order; empty where there are none.
    """

    train: str
    validation: str
    test: str
    train_lines: int
    validation_lines: int
    test_lines: int
    classes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class DataFigures:
    """Training data described: `text` is the page of `tuneform dataset stats`, `data` its document in JSON."""

    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    tokens: int | None = None
    """As the service counted them, with `exact`."""

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from reconciler.render.html.notebook import text_piece

        return text_piece(self.text)


@dataclass(frozen=True, slots=True)
class Datasets:
    """Training data before money is spent on it. Paths are relative to the working folder, as those of `open`."""

    _opener: Opener

    @call
    def check(
        self,
        files: Place | Iterable[Place],
        *,
        method: str | None = None,
        base_model: str = "",
        validation: Place | None = None,
        task: str = "",
        epochs: int | None = None,
        media: bool = False,
        rules: Mapping[str, str] | None = None,
    ) -> CheckedData:
        """Everything that is wrong with training data: local files and gs:// objects."""
        from reconciler import datasets
        from reconciler.session.workspace import rules_of
        from reconciler.workflow.data_check import TASKS, DataCheck, check_data, rules_over, unknown_base
        from reconciler.workflow.data_limits import is_known
        from reconciler.workflow.data_remote import media_look
        from reconciler.workflow.data_sources import read_data

        names = given.paths_of("files", files)
        if method is not None:
            given.choice_of("method", method, (m.value for m in datasets.Method))
        if task:
            given.choice_of("task", task, TASKS)
        passes = given.number_of("epochs", epochs, 1, whole=True)
        severities = {rule: given.choice_of(f"rules[{rule!r}]", s, _SEVERITIES) for rule, s in (rules or {}).items()}
        known = rules_of(self._opener.workspace())
        chosen = rules_over(known, method, given.text_of("base_model", base_model), severities)
        is_unknown = bool(base_model) and not is_known(known.catalog, base_model)
        warned = (unknown_base(base_model, known.catalog),) if is_unknown else ()
        beside = () if validation is None else (given.path_of("validation", validation),)
        wanted = DataCheck(
            chosen, severities, task, None if passes is None else int(passes), has_validation=bool(beside)
        )
        with read_data((*names, *beside), self._opens, asks=media) as opened:
            world = opened.world if media else None
            look = media_look(world.storage, world.parallelism) if world is not None else None
            return CheckedData(tuple(check_data(opened.sources, wanted, look)), warned)

    @call
    def stats(
        self, file: Place, *, base_model: str = "", batch_size: int | None = None, exact: bool = False
    ) -> DataFigures:
        """Training data described: counts, tokens, longest examples, steps and cost by epochs.

        `exact` has the service count the tokens, for free; plans remember it.
        """
        from reconciler import datasets
        from reconciler.core.cost import price_of
        from reconciler.datasets.counting import counted_page
        from reconciler.render.json_stats import stats_to_json
        from reconciler.session.workspace import catalog_of, rules_of
        from reconciler.workflow.data_check import rules_over
        from reconciler.workflow.data_remote import Counter
        from reconciler.workflow.data_sources import read_data

        name, size = given.path_of("file", file), given.number_of("batch_size", batch_size, 1, whole=True)
        settings = self._opener.workspace()
        base = given.text_of("base_model", base_model)
        price = price_of(base, catalog_of(settings), settings.prices)
        with read_data([name], self._opens, asks=exact) as opened:
            counter = Counter(opened.world, base) if exact and opened.world is not None else None
            checked = datasets.check(opened.sources()[0], rules_over(rules_of(settings), None, base, {}))
            if not checked.was_read or (counter is not None and not checked.ok):
                raise ReconcilerError(*(found for found in checked.diagnostics() if found.is_error))
            steps = None if size is None else int(size)
            noise = datasets.label_noise(opened.sources()[0], checked)
            page = datasets.stats(checked, price=price, batch_size=steps, noise=noise)
            found = None
            if counter is not None:
                (source,) = opened.sources()
                found = counter.count(source, checked.format)
                counter.keep(checked.identity, found.tokens)
                page += counted_page(checked, found, counter.method, price)
            counted_by = (found, counter.method) if found is not None and counter is not None else None
            figures = stats_to_json(checked, noise, price=price, batch_size=steps, counted=counted_by)
            return DataFigures(page, json.loads(figures), found.tokens if found is not None else None)

    @call
    def convert(
        self,
        file: Place,
        out: Place,
        *,
        to: str = "vertex",
        from_format: str | None = None,
        columns: Mapping[str, str] | None = None,
        force: bool = False,
    ) -> ConvertedData:
        """Turn other formats into the right JSON lines, and say what that loses or cannot convert.

        `columns` says where parts stand: question, and answer or both of chosen and rejected; perhaps system.
        """
        from reconciler import datasets
        from reconciler.workflow.data_sources import read_data
        from reconciler.workflow.dataset_files import (
            CONVERTS_TO,
            ConversionReport,
            convert_into,
            format_of,
            must_be_apart,
            plain,
        )

        name, written, kind = given.path_of("file", file), given.path_of("out", out), format_of(from_format)
        given.choice_of("to", to, CONVERTS_TO)
        if columns and from_format is not None:
            raise wrong_argument("Both columns and from_format.", "Give one of them: each says what rows are.")
        mapped = datasets.ColumnMap.of([f"{part}={column}" for part, column in columns.items()]) if columns else None
        must_be_apart(name, written, fix="Give `out` a name of its own.")
        place, report = _place(written, force=force), ConversionReport()
        with read_data([name], self._opens, format_=kind) as opened, place.opened() as put:
            (source,) = opened.sources()
            convert_into(source, CONVERTS_TO[to], put, report, mapped)
        return ConvertedData(written, not report.failed, tuple(report.lines(plain(name))))

    @call
    def split(
        self,
        file: Place,
        *,
        validation: float = 0.1,
        test: float = 0.0,
        stratify: str = "auto",
        by: str = "question",
        seed: str = "",
        train_out: Place | None = None,
        validation_out: Place | None = None,
        test_out: Place | None = None,
        force: bool = False,
    ) -> SplitData:
        """Split JSON lines into training, validation and, with `test`, a third part.

        What asks almost the same is on one side (`by="question"`), or equal lines alone (`by="line"`). `stratify` keeps
        the share of each class: "auto" of the answers, where they are classes, "off", or the name of a field.
        """
        from reconciler import datasets
        from reconciler.workflow.data_sources import read_data
        from reconciler.workflow.dataset_files import SIDES, beside, must_be_apart, split_into

        name = given.path_of("file", file)
        shares = given.number_of("validation", validation, 1e-9, 1 - 1e-9), given.number_of("test", test, 0, 1 - 1e-9)
        given.choice_of("by", by, ("question", "line"))
        first, third = (share or 0.0 for share in shares)
        if first + third >= 1:
            raise wrong_argument("validation and test leave nothing to train on.", "Give smaller shares.")
        outs = (train_out, validation_out, test_out)[: 3 if third else 2]
        paths = [beside(name, side) if out is None else os.fspath(out) for out, side in zip(outs, SIDES, strict=False)]
        must_be_apart(name, *paths, fix="Give each part a name of its own: train_out, validation_out, test_out.")
        wish = datasets.Wish(
            first, third, given.text_of("seed", seed), by == "question", given.text_of("stratify", stratify)
        )
        places = [_place(path, force=force) for path in paths]
        with ExitStack() as stack:
            opened = stack.enter_context(read_data([name], self._opens))
            puts = [stack.enter_context(place.opened()) for place in places]
            counts, classes = split_into(lambda: opened.sources()[0], wish, puts)
        names, lines = [*paths, ""], [*counts, 0]
        return SplitData(names[0], names[1], names[2], lines[0], lines[1], lines[2], classes)

    def _opens(self) -> AbstractContextManager[LockSession]:
        return self._opener.lock("dataset")(SystemClock())


def _place(path: str, *, force: bool) -> Destination:
    from reconciler.files.destinations import Replaces, destination

    fix = "Say force=True to overwrite it, or name another file."
    return destination(path, Replaces.ANYTHING if force else Replaces.NOTHING, fix=fix)
