"""What a step of GitHub Actions leaves beside its log: markdown in the summary of the job, outputs for later steps.

Only where somebody asks for it (--into-github): a program that writes, unasked, into files which variables name
surprises. Both files are the runner's, made anew for each step, and only ever appended to:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, read 2026-11-30.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reconciler.core.change import Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.model import Action
from reconciler.render.markdown.sheet import ROOMS, Room
from reconciler.render.totals import summary
from reconciler.render.words import escape

_SUMMARY, _OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"


@dataclass(frozen=True, slots=True)
class GithubJob:
    """The two files; "" for one that nobody named, of which nothing is written."""

    summary: str = ""
    output: str = ""

    @classmethod
    def of_this_step(cls, *, asked: bool) -> GithubJob:
        """As the runner names them. Raises ReconcilerError (RUN016) before any work is done for what cannot be used."""
        if not asked:
            return cls()
        found = cls(os.environ.get(_SUMMARY, ""), os.environ.get(_OUTPUT, ""))
        if not (found.summary or found.output):
            from reconciler.cli.failures import show

            detail = f"--into-github was given, and neither {_SUMMARY} nor {_OUTPUT} names a file."
            show([plan_diagnostic("PLAN140", Severity.WARNING, detail)])
        for path in (found.summary, found.output):
            if path:
                with _appending(path):
                    pass
        return found

    def show(self, render: Callable[[Room], str]) -> None:
        """Markdown, in the room that this step's summary has left; nothing where it has not even room for the frame.

        GitHub drops the whole summary of a step that is too long, what an earlier command wrote included.
        """
        if not self.summary:
            return
        with _appending(self.summary) as file:
            room = ROOMS["summary"]
            left = replace(room, limit=room.limit - os.fstat(file).st_size - 1)
            text = f"{render(left)}\n"
            if room.measure(text) <= left.limit:
                _write(file, text)

    def put(self, outputs: Mapping[str, str]) -> None:
        """An output a line; a value has no second one."""
        if self.output:
            with _appending(self.output) as file:
                _write(file, "".join(f"{name}={escape(value)}\n" for name, value in outputs.items()))


def outputs_of(plan: Plan, code: int) -> dict[str, str]:
    """What later steps may want to know of a plan."""
    return {
        "changes": str(sum(change.action.is_pending for change in plan.changes)),
        "blocked": str(len(plan.by_action(Action.BLOCKED))),
        "refused": str(bool(plan.refusals)).lower(),
        "checksum": plan.checksum,
        "summary": summary(plan),
        "exitcode": str(code),
    }


@contextmanager
def _appending(path: str) -> Iterator[int]:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        file = os.open(path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise _unusable(path, "It is no file")
            yield file
        finally:
            os.close(file)
    except OSError as exc:
        raise _unusable(path, exc.strerror or str(exc)) from exc


def _write(file: int, text: str) -> None:
    left = memoryview(text.encode(errors="backslashreplace"))
    while left:
        left = left[os.write(file, left) :]


def _unusable(path: str, why: str) -> ReconcilerError:
    fix = f"{_SUMMARY} and {_OUTPUT} are the runner's; leave --into-github out elsewhere."
    return ReconcilerError(run_diagnostic("RUN016", f"{path}: {why}.", fix=fix))
