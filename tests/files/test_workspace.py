"""Settings as values."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.core.diagnostics import Location
from reconciler.core.durations import duration_s
from reconciler.core.settings import Allow, Budget, GenerationPrice, Home, Limits, Price, Workspace
from reconciler.files.specs import load
from reconciler.files.version_range import is_in_range

FULL = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging/}
  gemini: {project: acme-ai}
  lock: state/acme.lock
  limits:
    {maxDisposePercent: 50, maxDeletes: "3", concurrentJobs: 2, listLag: 1h30m, maxDroppedPercent: 2.5, maxDuration: 2d}
  budget: {perJob: 50 USD, perPlan: 200.5 USD, whenUnknown: allow}
  prices:
    gemini-3.5-flash:
      {train: 5 USD/1M, generate: {input: 0.3 USD/1M, output: 0.0025 USD/1K}, asOf: 2026-11-01}
    gemini-3.1-flash-lite: {train: 0.002 EUR/1K, as_of: 2026-10-01}
  models:
    gemini-2.5-flash: {cut_off: 2027-03-31, methods: [], limits: {examples: 5}, serving: {us-central1: us}}
  dataRules: {DATA904: off, DATA901: error}
  allow:
    - {delete: vertex/old-router, until: 2026-12-01, reason: replaced}
    - {limits: all, until: 2026-12-02, reason: the great move}
  requiredVersion: ">=0.1,<2"
  catalog: historic
"""
BARE = "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: NAME}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_setting_is_read(folder: Path) -> None:
    (folder / "tuneform.yaml").write_text(FULL, encoding="utf-8")

    loaded = load()

    assert loaded.diagnostics == []
    assert loaded.workspace == Workspace(
        name="acme",
        path="tuneform.yaml",
        homes={"vertex": Home("acme-ml", "us-central1"), "gemini": Home("acme-ai")},
        staging_uri="gs://acme-tuning/staging",
        lock="state/acme.lock",
        limits=Limits(50, 3, 2, 5400.0, 2.5, 172_800.0),
        budget=Budget(50.0, 200.5, "USD", refuse_unknown=False),
        prices={
            "gemini-3.5-flash": Price(5.0, "USD", "2026-11-01"),
            "gemini-3.1-flash-lite": Price(2.0, "EUR", "2026-10-01"),
        },
        generation_prices={"gemini-3.5-flash": GenerationPrice(0.3, 2.5, "USD", "2026-11-01")},
        models={
            "gemini-2.5-flash": {
                "cutOff": "2027-03-31",
                "methods": [],
                "limits": {"examples": 5},
                "serving": {"us-central1": "us"},
            }
        },
        data_rules={"DATA904": "off", "DATA901": "error"},
        allow=(
            Allow("delete", "vertex/old-router", date(2026, 12, 1), "replaced", Location("tuneform.yaml", 19, 7)),
            Allow("limits", "*", date(2026, 12, 2), "the great move", Location("tuneform.yaml", 20, 7)),
        ),
        required_version=">=0.1,<2",
        catalog="historic",
    )


def test_without_a_file_the_environment_decides(folder: Path) -> None:
    (folder / "specs").mkdir()
    environment = Workspace(homes={"vertex": Home("from-env")}, lock="gs://bucket/lock")

    assert load(defaults=environment).workspace == environment


def test_the_file_overrides_the_environment_field_by_field(folder: Path) -> None:
    (folder / "tuneform.yaml").write_text(f"{BARE}spec: {{vertex: {{project: from-file}}}}\n".replace("NAME", "a"))

    workspace = load(defaults=Workspace(homes={"vertex": Home("from-env", "from-env")})).workspace

    assert (workspace.name, workspace.home("vertex")) == ("a", Home("from-file", "from-env"))


def test_a_named_workspace_has_a_file_and_a_lock_of_its_own(folder: Path) -> None:
    (folder / "tuneform.yaml").write_text(BARE.replace("NAME", "main"))
    (folder / "tuneform.prod.yaml").write_text(BARE.replace("NAME", "acme-prod"))

    workspace = load(workspace="prod").workspace

    assert (workspace.name, workspace.path) == ("acme-prod", "tuneform.prod.yaml")
    assert workspace.lock == "tuneform.prod.lock"


def test_a_piped_workspace_takes_the_place_of_the_file(folder: Path) -> None:
    (folder / "tuneform.yaml").write_text("kind: [broken")

    loaded = load(files=["-"], stdin=BARE.replace("NAME", "piped"))

    assert loaded.diagnostics == []
    assert loaded.workspace.name == "piped"


def test_a_budget_of_nothing_is_a_limit(folder: Path) -> None:
    (folder / "tuneform.yaml").write_text(f"{BARE}spec: {{budget: {{perJob: 0 EUR}}}}\n".replace("NAME", "a"))

    assert load().workspace.budget == Budget(0.0, None, "EUR", refuse_unknown=True)


@pytest.mark.parametrize(
    ("text", "value"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("2d", 172800), ("0s", 0)]
)
def test_durations_are_seconds(text: str, value: float) -> None:
    assert duration_s(text) == value


@pytest.mark.parametrize(
    ("version", "wanted", "is_met"),
    [
        ("0.4.2", ">=0.1", True), ("0.4.2", ">=0.5", False), ("0.4.2", ">=0.4.2,<1", True), ("1.0", "<1", False),
        ("0.4", "==0.4.0", True), ("0.4.1", "!=0.4.1", False), ("0.4.2", "~=0.4.1", True),
        ("0.4.0", "~=0.4.1", False), ("0.5.0", "~=0.4.1", False),
        ("1.9", "~=1.2", True), ("2.0", "~=1.2", False), ("0.10", ">0.9", True), ("0.4.2rc1", "<=0.4.2", True),
        ("0.4.2", " >= 0.1 , < 0.4.3 ", True),
    ],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, wanted: str, is_met: bool) -> None:
    assert is_in_range(version, wanted) is is_met
