"""Loading everything that the user wrote: all of it, or nothing, with every mistake at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.core.catalog import Catalog
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError, in_order
from reconciler.core.findings import Findings
from reconciler.core.model import Address, Declared, Desired
from reconciler.core.settings import Workspace
from reconciler.files.base_model_findings import base_model_findings
from reconciler.files.catalog import CatalogOf, catalog_of, shipped_catalog
from reconciler.files.complaints import check_document
from reconciler.files.dataset_paths import DataFinder
from reconciler.files.declare import declare, declare_sweep
from reconciler.files.field_rules import place_of, spec_mistakes
from reconciler.files.gate_findings import gate_findings
from reconciler.files.reading import SpecTexts
from reconciler.files.relations import Named, display_names_of_parents, relation_mistakes
from reconciler.files.schema import KINDS, GeminiTunedModel, VertexTunedModel
from reconciler.files.schema.sweep import VALUES_MAX
from reconciler.files.settings_file import SettingsFinder, settings_path, specs_from
from reconciler.files.statements import Statements
from reconciler.files.sweep_rules import sweep_mistakes
from reconciler.files.sweeping import SweptField, first_of, is_sweep, swept_fields, trials_of, trials_wanted
from reconciler.files.unread import Unread, unread_diagnostic
from reconciler.files.yaml_tree import Document
from reconciler.policy.rules import NO_POLICIES, Policies
from reconciler.version import __version__


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the user wrote. `desired` is None as soon as one diagnostic is an error.

    `diagnostics` are in file order; `skipped` counts the documents that are none of ours: of other API groups
    in piped input, and kustomization files. `workspace` is as far as it could be read; where `is_settled` is
    False it is not clear which one is meant, or where its lock is. `readable` are the specs that are right by
    themselves, whatever is wrong beside them: to look at, never to plan by. `policies` are the workspace's rules, where
    they were asked for, and `catalog` is what was decided by about base models; None where nobody could read it.
    """

    desired: Desired | None
    workspace: Workspace
    diagnostics: list[Diagnostic]
    skipped: int = 0
    is_settled: bool = True
    readable: Desired = field(default_factory=lambda: Desired({}, is_complete=False))
    policies: Policies = NO_POLICIES
    catalog: Catalog | None = None


def load(
    folder: str | Path = ".",
    *,
    workspace: str | None = None,
    files: Sequence[str] = (),
    stdin: str | bytes | None = None,
    defaults: Workspace | None = None,
    version: str = __version__,
    with_policies: bool = False,
    catalog_of: CatalogOf = catalog_of,
) -> Loaded:
    """Read specs and settings. Never raises for a user's mistake.

    `folder` is the workspace folder, relative to where the user stands; so are all paths in the result. `workspace` is
    NAME of tuneform.NAME.yaml. `files` are those of `-f`: files, folders, or `-` for `stdin`; without any, what the
    workspace says that it is made of is read, everything below `specs/` where it does not say, and
    `desired.is_complete` says so. A workspace may be made of `stdin`. `defaults` are settings from the environment,
    which files override. `version` is what `requiredVersion` is compared with. `with_policies` reads the rules of the
    workspace as well, for whoever has plans judged by them. `catalog_of` finds the catalogue of base models.
    """
    reading = SpecTexts(Path(folder), specs_from(Path(folder), workspace))
    if files:
        reading.read_named(files, stdin)
    else:
        reading.read_own(settings_path(Path(folder), workspace), stdin)
    finder = SettingsFinder(Path(folder), workspace, defaults or Workspace(), version)
    settings = finder.find(reading.workspaces)
    of_settings = finder.mistakes.all()
    is_settled = reading.has_place and not any(d.is_error for d in of_settings)
    mistakes = reading.mistakes
    mistakes.extend(of_settings)
    known = settings if is_settled else None
    statements = Statements.of(reading.statements, known, mistakes)
    around = _Around(known, DataFinder.of(reading.folder), _catalog(known, catalog_of, mistakes))
    declared = _declare_all(reading, around, mistakes, statements)
    policies = _policies(settings, mistakes) if with_policies and is_settled else NO_POLICIES
    unread = list(_unread(reading, declared))
    mistakes.extend(map(unread_diagnostic, unread))
    diagnostics = in_order(mistakes.all())
    is_broken = any(d.is_error for d in diagnostics)
    doubts = tuple(u.where for u in unread if not u.is_copy)
    desired = Desired.of(declared, is_complete=not files, doubts=doubts, skipped=reading.skipped, origins=reading.whole)
    desired = replace(desired, removals=statements.all_removals)
    whole = None if is_broken else desired
    return Loaded(
        whole,
        settings,
        diagnostics,
        reading.skipped,
        is_settled,
        replace(desired, is_complete=False),
        policies,
        around.catalog,
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """What a spec is read with.

    Without `settings`, because there is something wrong with them, nothing is said of what they may decide. The same of
    a `catalog` that the workspace names and nobody could read.
    """

    settings: Workspace | None
    finder: DataFinder
    catalog: Catalog | None


def _catalog(settings: Workspace | None, catalog_of: CatalogOf, mistakes: Findings) -> Catalog | None:
    """None where the workspace names one that cannot be had, which is a mistake."""
    if settings is None:
        return shipped_catalog()
    try:
        return catalog_of(settings)
    except ReconcilerError as error:
        mistakes.extend(error.diagnostics)
        return None


def _policies(settings: Workspace, mistakes: Findings) -> Policies:
    """Where there are none, nothing of them is imported either."""
    if not (settings.policies or any(line.rule for line in settings.allow)):
        return NO_POLICIES
    from reconciler.files.policies import read_policies

    return read_policies(settings, mistakes)


def _unread(reading: SpecTexts, declared: Sequence[Declared]) -> Iterator[Unread]:
    """What may be a spec and was not read, but for the data of specs."""
    data = {data.path for spec in declared for data in spec.data if data.path}
    addresses = {spec.address for spec in declared}
    for unread in reading.unread:
        if unread.where.path not in data:
            yield unread.beside_what_was_read(addresses, reading.read)


def _declare_all(reading: SpecTexts, around: _Around, mistakes: Findings, statements: Statements) -> list[Declared]:
    """Every spec that is right by itself; what is wrong, with it or between specs, goes to `mistakes`."""
    declared: dict[Address, Declared] = {}
    named: list[Named] = []
    for kind, document in reading.specs:
        known = Named.of(kind, document)
        named += [known] if known is not None else []
        with mistakes.about(str(known.address) if known is not None else ""):
            found = _declare(kind, document, around, mistakes)
        for spec in found:
            declared.setdefault(spec.address, replace(spec, origin=reading.origins[document.source.path]))
        named += [Named.of_trial(trial, document) for trial in found[1:]]
    mistakes.extend(relation_mistakes(named, mistakes, is_whole=reading.is_whole))
    mistakes.extend(display_names_of_parents(declared, {n.address: n.document for n in named}))
    former = {old: spec.address for spec in declared.values() for old in spec.former_addresses}
    mistakes.extend(statements.mistakes(_places(named), former, is_whole=reading.is_whole))
    return statements.named(list(declared.values()))


def _places(named: Sequence[Named]) -> dict[Address, Location]:
    """Where each address is declared first."""
    return {spec.address: spec.where for spec in reversed(named)}


def _declare(kind: str, document: Document, around: _Around, findings: Findings) -> list[Declared]:
    """The spec; of a sweep with those of its trials after it, all or none."""
    if not is_sweep(kind, document):
        found = _declare_one(kind, document, around, findings)
        return [found[1]] if found else []
    before, fields = findings.count, swept_fields(kind, document)
    if fields:
        findings.extend(sweep_mistakes(kind, document))
    whole = _declare_one(kind, first_of(document, fields), around, findings)
    trials = _declare_trials(kind, document, fields, around, findings)
    if whole is None or findings.count > before or not isinstance(whole[0], VertexTunedModel):
        return []
    select = whole[0].spec.tuneform.select
    assert select is not None, "a sweep without it is a mistake"
    return [declare_sweep(whole[1], select, tuple(trial.address for trial in trials)), *trials]


def _declare_trials(
    kind: str,
    document: Document,
    fields: Sequence[SweptField],
    around: _Around,
    findings: Findings,
) -> list[Declared]:
    """What is wrong with all of them is wrong with the sweep, and said once."""
    trials, said = [], {_key(d) for d in findings.all()}
    for trial in trials_of(kind, document, fields) if trials_wanted(fields) <= VALUES_MAX else ():
        of_trial = Findings()
        found = _declare_one(kind, trial, around, of_trial)
        trials += [found[1]] if found else []
        new = [d for d in of_trial.all() if _key(d) not in said]
        said |= set(map(_key, new))
        findings.extend(new)
    return trials


def _key(diagnostic: Diagnostic) -> tuple[str, Location | None, str]:
    return diagnostic.code, diagnostic.where, diagnostic.detail


def _declare_one(
    kind: str, document: Document, around: _Around, findings: Findings
) -> tuple[VertexTunedModel | GeminiTunedModel, Declared] | None:
    before, settings = findings.count, around.settings
    checked = check_document(KINDS[kind], document, findings)
    findings.extend(spec_mistakes(kind, document, settings))
    if findings.count > before or not isinstance(checked, VertexTunedModel | GeminiTunedModel):
        return None
    place = place_of(kind, document, settings or Workspace())
    spec, mistakes = declare(checked, document, place, around.finder)
    findings.extend(mistakes)
    if mistakes:
        return None
    doubts = list(gate_findings(spec, settings, around.finder.folder, around.catalog))
    if around.catalog is not None:
        doubts += base_model_findings(spec, settings or Workspace(), around.catalog)
    findings.extend(doubts)
    if settings and settings.policies:
        from reconciler.files.written import written_spec

        spec = replace(spec, written=written_spec(checked, place))
    return None if any(d.is_error for d in doubts) else (checked, spec)
