"""What gates are judged with in a session: held-out sets from files and objects, answers of before, scorers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.backends.base import Backend, BackendError, Storage
from reconciler.backends.threads import gather
from reconciler.core.clock import Clock
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.gate_spec import Heldout, Metric, Scorer
from reconciler.core.gating.spending import usage_of
from reconciler.core.lock import Training
from reconciler.core.plurals import counted
from reconciler.core.questions import HeldoutItem, Score
from reconciler.files.answer_store import FOLDER, AnswerStore
from reconciler.gate import Bench
from reconciler.gate.bench import Scored, ServedIn, served_there
from reconciler.scoring.answers import ToScore, prompt_of
from reconciler.scoring.command import score_by_command
from reconciler.scoring.identity import command_content, scorer_digest
from reconciler.scoring.judge import judge_question, judged

if TYPE_CHECKING:
    from reconciler.datasets.heldout import HeldoutSet


def bench_of(
    storage: Storage, clock: Clock, folder: Path, *, target: str, parallelism: int, served_in: ServedIn = served_there
) -> Bench:
    """Answers of an emulator say nothing of a model at Google, nor of another emulator's: they are kept apart."""
    emulator = target.partition(":")[2]
    kept = folder / FOLDER / emulator if emulator else folder / FOLDER
    return Bench(
        clock,
        AnswerStore(kept),
        _items_once(storage),
        _Scoring(clock, folder, parallelism, served_in).score_all,
        partial(scorer_digest, folder=folder),
        partial(refuse_leaks, storage, set()),
        parallelism,
        same_scorer=partial(_refuse_another, folder),
        served_in=served_in,
    )


def _refuse_another(folder: Path, scorer: Scorer) -> None:
    """What is in the lock was approved with the files that its command named then."""
    if scorer.content and command_content(scorer, folder) != scorer.content:
        detail = f"A file that `{' '.join(scorer.command)}` names is another one than the gate was approved with."
        raise ReconcilerError(run_diagnostic("RUN063", detail, fix="Restore it, or plan and apply anew."))


def _items_once(storage: Storage) -> Callable[[Heldout], Sequence[HeldoutItem]]:
    """A set is read once in a run, however many slices the questions take."""
    return lru_cache(maxsize=8)(partial(_items, storage))


def _items(storage: Storage, heldout: Heldout) -> Sequence[HeldoutItem]:
    """All that is wrong with it at once; a set that is another one by now is not the one that was approved."""
    found = _read(storage, heldout)
    errors = [diagnostic for diagnostic in found.diagnostics if diagnostic.is_error]
    if errors:
        raise ReconcilerError(*errors)
    if heldout.content and found.identity is not None and heldout.content not in _contents(found):
        detail = f"{heldout.uri} is another one than the one that the gate was approved with."
        raise ReconcilerError(run_diagnostic("RUN060", detail, fix="Restore it, or plan and apply anew."))
    return found.items


def _read(storage: Storage, heldout: Heldout) -> HeldoutSet:
    from reconciler.datasets.heldout import read_heldout
    from reconciler.datasets.source import Source

    if heldout.path:
        return read_heldout(Source.file(heldout.path))
    try:
        return read_heldout(Source.stream(storage.chunks(heldout.uri), heldout.uri))
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc


def refuse_leaks(
    storage: Storage,
    compared: set[tuple[str, Heldout]],
    training: Training,
    heldout: Heldout,
    items: Sequence[HeldoutItem],
) -> None:
    """Before the first question, where one of the two is an object: once in a run, however many slices it takes.

    Two local sets were compared when the specs were loaded. Data that nobody can read any more leaks nothing that could
    be shown.
    """
    record = training.submission.data[0] if training.submission.data else None
    uri = (record.sent_uri or record.uri) if record else ""
    is_known = record is not None and record.local and bool(heldout.path)
    if not uri.startswith("gs://") or is_known or (uri, heldout) in compared:
        return
    trained = _lines_by_question(storage, uri)
    leaked = [(item.line, trained[item.key]) for item in items if item.key in trained]
    if leaked:
        line, trained_line = leaked[0]
        detail = f"Line {line} is line {trained_line} of {uri}; {counted(len(leaked), 'item')} of {len(items)} in all."
        raise ReconcilerError(run_diagnostic("RUN062", detail, where=Location(heldout.uri, line)))
    compared.add((uri, heldout))


def _lines_by_question(storage: Storage, uri: str) -> dict[str, int]:
    from reconciler.datasets.heldout import read_heldout
    from reconciler.datasets.source import Source

    try:
        return {item.key: item.line for item in read_heldout(Source.stream(storage.chunks(uri), uri)).items}
    except BackendError:
        return {}


def _contents(found: HeldoutSet) -> tuple[str, str]:
    """Both spellings of Heldout.content."""
    assert found.identity is not None
    return (found.identity.sha256, f"{found.identity.crc32c}:{found.identity.size}")


@dataclass(frozen=True, slots=True)
class _Scoring:
    """Who scores: programs in `folder`, so many judges at once, each where its base model answers."""

    clock: Clock
    folder: Path
    parallelism: int
    served_in: ServedIn

    def score_all(self, backend: Backend, training: Training, scorer: Scorer, answers: Scored) -> Sequence[Score]:
        """See Bench."""
        batch = [
            ToScore(str(number), item.line, prompt_of(item.contents), item.reference, answer.text)
            for number, (item, answer) in enumerate(answers)
        ]
        if scorer.metric is Metric.COMMAND:
            scores = score_by_command(
                scorer.command, batch, timeout_s=scorer.timeout_s, clock=self.clock, folder=self.folder
            )
            return [scores[one.id] for one in batch]
        return gather([partial(self._judge, backend, training, scorer, one) for one in batch], self.parallelism)

    def _judge(self, backend: Backend, training: Training, scorer: Scorer, one: ToScore) -> Score:
        where, question = training.submission, judge_question(scorer.rubric, one)
        location = self.served_in(scorer.judge, where.location)
        try:
            answer = backend.ask_base(scorer.judge, where.project, location, question)
            return replace(judged(answer), usage=usage_of(question, answer))
        except BackendError as exc:
            return Score(None, f"the judge could not be asked: {exc.diagnostic.detail}")
