"""Cases in text files: what lies in a folder, and every word that loading it says.

### a sentence that says what the case proves
% workspace: prod                      (optional: arguments of load)
== specs/a.yaml                        (a file; "== -" is piped input)
…
== says
specs/a.yaml:3:1: error SPEC004: Key given twice
  …
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.core.diagnostics import Diagnostic
from reconciler.core.settings import GenerationPrice, Home, Workspace
from reconciler.files.specs import Loaded, load

FOLDER = Path(__file__).parent / "mistakes"
DEFAULTS = Workspace(
    homes={"vertex": Home("acme-ml", "us-central1"), "gemini": Home("acme-ml")},
    generation_prices={"gemini-3.5-flash": GenerationPrice(0.3, 2.5, "USD", "2026-11-01")},
)
_SAYS = "says"
_PIPED = "-"


@dataclass
class Case:
    """One case; `files` hold text by path."""

    topic: str
    name: str
    files: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    says: str = ""

    def load(self, folder: Path) -> Loaded:
        """Write the files below `folder`, which is the current one, and load it."""
        for path, text in self.files.items():
            if path != _PIPED:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
        named = self.options.get("files", "").split()
        return load(
            workspace=self.options.get("workspace"),
            files=[*([_PIPED] if _PIPED in self.files else []), *named],
            stdin=self.files.get(_PIPED),
            defaults=None if "bare" in self.options else DEFAULTS,
            version="0.4.2",
            with_policies=True,
        )

    def text(self) -> str:
        """The case as it stands in its file."""
        options = "".join(f"% {key}: {value}\n" for key, value in self.options.items())
        files = "".join(f"== {path}\n{text}" for path, text in self.files.items())
        return f"### {self.name}\n{options}{files}== {_SAYS}\n{self.says}"


def cases() -> list[Case]:
    """Every case of every file."""
    return [case for file in sorted(FOLDER.glob("*.txt")) for case in _cases_in(file)]


def write_cases(changed: Sequence[Case]) -> None:
    """Rewrite the files of these cases."""
    by_topic: dict[str, list[Case]] = {}
    for case in changed:
        by_topic.setdefault(case.topic, []).append(case)
    for topic, its_cases in by_topic.items():
        (FOLDER / f"{topic}.txt").write_text("\n".join(c.text() for c in its_cases), encoding="utf-8")


def said(diagnostics: Sequence[Diagnostic]) -> str:
    """Diagnostics as people read them."""
    return "".join(_said(d) for d in diagnostics) or "nothing\n"


def _said(d: Diagnostic) -> str:
    return f"{d.where}: {d.severity.value} {d.code}: {d.summary}\n  {d.detail}\n  fix: {d.fix}\n"


def _cases_in(file: Path) -> Iterator[Case]:
    case: Case | None = None
    part = ""
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.startswith("### "):
            if case is not None:
                yield _closed(case)
            case, part = Case(file.stem, line[4:]), ""
        elif line.startswith("== ") and case is not None:
            part = line[3:]
            case.files[part] = ""
        elif line.startswith("% ") and case is not None and not part:
            key, _, value = line[2:].partition(": ")
            case.options[key] = value
        elif case is not None:
            case.files[part] += f"{line}\n"
    if case is not None:
        yield _closed(case)


def _closed(case: Case) -> Case:
    # The last line before the next case is the one that separates them.
    case.says = case.files.pop(_SAYS, "").removesuffix("\n")
    return case
