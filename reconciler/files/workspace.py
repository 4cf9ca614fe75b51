"""A Workspace document as the settings that the rest of tuneform reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reconciler.core.codes_spec import spec_error
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.durations import duration_s
from reconciler.core.findings import Findings
from reconciler.core.model import Fields
from reconciler.core.notices import NoticeKind
from reconciler.core.policies import POLICY
from reconciler.core.settings import (
    Allow,
    Budget,
    CatalogFrom,
    GenerationPrice,
    Home,
    Limits,
    Price,
    Receiver,
    Workspace,
)
from reconciler.files.complaints import check_document
from reconciler.files.schema.base_models import CatalogFromPart, GenerationPart, ModelPart
from reconciler.files.schema.workspace import (
    ALLOW_KINDS,
    AllowPart,
    BudgetPart,
    NotifyPart,
    PricePart,
    SecretPart,
    WorkspaceDocument,
    WorkspaceSpec,
)
from reconciler.files.version_range import is_in_range
from reconciler.files.yaml_tree import Document
from reconciler.version import __version__

CATALOG_CACHE = ".tuneform/cache/catalogs"
"""Beside the file of the workspace, by the digest of what it holds."""


def read_workspace(
    document: Document, folder: Path, defaults: Workspace, findings: Findings, *, version: str = __version__
) -> Workspace:
    """The settings in force, and what is wrong with them in `findings`; `defaults` count where the document is silent.

    `folder` is the folder of the file, or the workspace folder for a document from a pipe. `version`
    is tuneform's own, which `requiredVersion` is compared with.
    """
    checked = check_document(WorkspaceDocument, document, findings)
    if checked is None:
        return defaults
    findings.extend(_mistakes(checked, document, version))
    return _settings(checked, document, folder, defaults)


def amount(money: str) -> tuple[float, str]:
    """`50 USD` → (50.0, "USD")."""
    number, currency = money.split(" ")
    return float(number), currency


def _homes(spec: WorkspaceSpec, defaults: Workspace) -> dict[str, Home]:
    """Each service has a section of its name; the Gemini API's knows no location."""
    vertex, gemini = defaults.home(VERTEX.name), defaults.home(GEMINI.name)
    return {
        VERTEX.name: Home(spec.vertex.project or vertex.project, spec.vertex.location or vertex.location),
        GEMINI.name: Home(spec.gemini.project or gemini.project),
    }


def _settings(checked: WorkspaceDocument, document: Document, folder: Path, defaults: Workspace) -> Workspace:
    spec = checked.spec
    return Workspace(
        name=checked.metadata.name,
        path=document.source.path,
        homes=_homes(spec, defaults),
        staging_uri=(spec.vertex.staging_uri or defaults.staging_uri).rstrip("/"),
        lock=_lock(spec.lock, folder) if spec.lock else defaults.lock,
        limits=_limits(spec),
        budget=_budget(spec.budget) if spec.budget is not None else None,
        prices={name: price for name, part in spec.prices.items() if (price := _price(part))},
        generation_prices={name: found for name, part in spec.prices.items() if (found := _answer_price(part))},
        models={name: _fields(part) for name, part in spec.models.items()},
        data_rules=dict(spec.data_rules),
        allow=tuple(_allow(part, index, document) for index, part in enumerate(spec.allow)),
        notify=tuple(_receiver(part, folder) for part in spec.notify),
        required_version=spec.required_version or "",
        catalog=spec.catalog,
        catalog_from=_catalog_from(spec.catalog_from, document, folder) if spec.catalog_from else None,
        specs=spec.specs,
        policies=tuple(os.path.normpath(folder / path) for path in dict.fromkeys(spec.policies)),
    )


def _catalog_from(part: CatalogFromPart, document: Document, folder: Path) -> CatalogFrom:
    return CatalogFrom(
        file=os.path.normpath(folder / part.file) if part.file else "",
        url=part.url or "",
        sha256=part.sha256 or "",
        kept=os.path.normpath(folder / CATALOG_CACHE / f"{part.sha256}.json"),
        where=document.place(("spec", "catalogFrom")),
    )


def _lock(place: str, folder: Path) -> str:
    return place if place.startswith("gs://") else os.path.normpath(folder / place)


def _limits(spec: WorkspaceSpec) -> Limits:
    part = spec.limits
    lag, dropped = duration_s(part.list_lag) or 0.0, part.max_dropped_percent
    longest = duration_s(part.max_duration) if part.max_duration else None
    return Limits(part.max_dispose_percent, part.max_deletes, part.concurrent_jobs, lag, dropped, longest)


def _fields(part: ModelPart) -> Fields:
    """What is set, by the names that the catalogue has."""
    given = part.given()
    if part.limits is not None:
        given["limits"] = part.limits.given()
    if part.generation is not None:
        given["generation"] = _generation(part.generation)
    return given


def _generation(part: GenerationPart) -> dict[str, Any]:
    budget = {"budget": part.budget.given()} if part.budget is not None else {}
    return {**part.given(), **budget}


def _budget(part: BudgetPart) -> Budget:
    per_job = amount(part.per_job) if part.per_job else None
    per_plan = amount(part.per_plan) if part.per_plan else None
    currency = next((money[1] for money in (per_job, per_plan) if money), "USD")
    refuses = part.when_unknown == "refuse"
    return Budget(per_job and per_job[0], per_plan and per_plan[0], currency, refuses)


def _price(part: PricePart) -> Price | None:
    return Price(*_per_million(part.train), part.as_of) if part.train is not None else None


def _answer_price(part: PricePart) -> GenerationPrice | None:
    if part.generate is None:
        return None
    (given, currency), (answered, _) = _per_million(part.generate.input), _per_million(part.generate.output)
    return GenerationPrice(given, answered, currency, part.as_of)


def _per_million(price: str) -> tuple[float, str]:
    money, unit = price.split("/")
    number, currency = amount(money)
    return number * (1000 if unit == "1K" else 1), currency


def _allow(part: AllowPart, index: int, document: Document) -> Allow:
    kind = next(k for k in ALLOW_KINDS if getattr(part, k) is not None)
    address = (part.address or "*") if kind == POLICY else getattr(part, kind)
    return Allow(
        kind=kind,
        address="*" if address == "all" else address,
        rule=part.policy or "",
        until=date.fromisoformat(part.until),
        reason=part.reason,
        where=document.place(("spec", "allow", index)),
    )


def _receiver(part: NotifyPart, folder: Path) -> Receiver:
    secret = part.secret or SecretPart()
    return Receiver(
        name=_name_of(part),
        kinds=frozenset(map(str, part.events or NoticeKind)),
        url=part.webhook or "",
        url_env=part.webhook_from.env if part.webhook_from else "",
        file=os.path.normpath(folder / part.file) if part.file else "",
        secret_env=secret.env or "",
        secret_file=os.path.normpath(folder / secret.file) if secret.file else "",
    )


def _name_of(part: NotifyPart) -> str:
    """The lock has it: an address of a webhook may be a secret, its host is none."""
    if part.name:
        return part.name
    if part.webhook_from:
        return part.webhook_from.env
    return part.file or urlsplit(part.webhook or "").netloc


def _notify_mistakes(parts: Sequence[NotifyPart], document: Document) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for index, part in enumerate(parts):
        name, place = _name_of(part), ("spec", "notify", index)
        if name in seen:
            detail = f"{name} is there before: the lock could not say which of them was told."
            yield spec_error("SPEC078", document.place(place), detail, "Give each a name of its own.")
        if part.file and part.secret:
            detail = f"{name} is a file, and only what is sent to a webhook is signed."
            yield spec_error("SPEC079", document.place((*place, "secret")), detail, "Take secret out.")
        seen.add(name)


def _mistakes(checked: WorkspaceDocument, document: Document, version: str) -> Iterator[Diagnostic]:
    spec = checked.spec
    if spec.required_version and not is_in_range(version, spec.required_version):
        where = document.place(("spec", "requiredVersion"))
        detail = f"It asks for {spec.required_version}, and this is {version}."
        fix = "Install a version in that range, or change requiredVersion."
        yield spec_error("SPEC063", where, detail, fix)
    if spec.budget and spec.budget.per_job and spec.budget.per_plan:
        job, plan = amount(spec.budget.per_job)[1], amount(spec.budget.per_plan)[1]
        if job != plan:
            where = document.place(("spec", "budget", "perPlan"))
            yield spec_error("SPEC064", where, f"perJob is in {job} and perPlan in {plan}.", "Use one currency.")
    if spec.catalog_from and spec.catalog_from.url and not spec.catalog_from.sha256:
        where = document.place(("spec", "catalogFrom"), of_key=True)
        detail = "spec.catalogFrom has a url and no sha256: nobody could tell whether its content is what was meant."
        yield spec_error("SPEC026", where, detail, "Add sha256, as sha256sum prints it of the file that you have read.")
    yield from _notify_mistakes(spec.notify, document)
    for name, part in spec.prices.items():
        yield from _price_mistakes(name, part, document)
    for index, line in enumerate(spec.allow):
        if line.address is not None and line.policy is None:
            where = document.place(("spec", "allow", index, "address"), of_key=True)
            yield spec_error("SPEC031", where, "address belongs to policy alone.", "Remove it.")


def _price_mistakes(name: str, part: PricePart, document: Document) -> Iterator[Diagnostic]:
    if part.generate is None:
        return
    one, other = _per_million(part.generate.input)[1], _per_million(part.generate.output)[1]
    if one != other:
        where = document.place(("spec", "prices", name, "generate", "output"))
        yield spec_error("SPEC064", where, f"input is in {one} and output in {other}.", "Use one currency.")
