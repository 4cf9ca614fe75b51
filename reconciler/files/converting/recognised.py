"""Which kind of file it is, by what is in it, and the requests that it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError
from reconciler.core.findings import Findings
from reconciler.core.suggest import suggest
from reconciler.files.converting.bodies import requests_in, requests_in_text
from reconciler.files.converting.connector import is_connectors, of_connector
from reconciler.files.converting.request import FoundRequest
from reconciler.files.converting.scripts import requests_in_script
from reconciler.files.schema import API_GROUP
from reconciler.files.sources import UnreadableFileError, piped_source, read_source
from reconciler.files.yaml_tree import Document, SourceText, read_into

_DOCUMENTS = (".json", ".yaml", ".yml")


def requests_of(path: str) -> list[FoundRequest]:
    """Those of a file, or of what is piped in as `-`. Raises ReconcilerError (RUN075) where there is none."""
    try:
        source = piped_source() if path == "-" else read_source(path)
    except UnreadableFileError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
    findings = Findings()
    documents = read_into(source, findings)
    found = [request for document in documents for request in _of_document(document)]
    if not found:
        text = source.data.decode("utf-8", "replace")
        found = requests_in_script(text, source.path) or requests_in_text(text, source.path)
    if found:
        return found
    mistakes = findings.all() if path.endswith(_DOCUMENTS) else []
    raise ReconcilerError(_none(source, documents), *mistakes)


def _of_document(document: Document) -> Iterator[FoundRequest]:
    if is_connectors(document.value):
        yield from of_connector(document)
    else:
        yield from requests_in(document.value, document.start)


def _none(source: SourceText, documents: list[Document]) -> Diagnostic:
    kinds = {d.value.get("kind") for d in documents if isinstance(d.value, Mapping) and _is_ours(d.value)}
    fix = (
        "It takes the body of a create, a script that calls tunings.tune, sft.train or create_tuned_model, and "
        "VertexAITuningJob of Config Connector."
    )
    if "Import" in kinds:
        fix = f"It is a list of what exists: {suggest('import', '--from', source.path).quoted}."
    elif kinds:
        fix = "It is a spec of tuneform already."
    detail = f"{source.path} has no request to tune a model in it."
    return run_diagnostic("RUN075", detail, fix=fix, where=Location(source.path, 1, 1))


def _is_ours(value: Mapping[str, object]) -> bool:
    return str(value.get("apiVersion", "")).startswith(f"{API_GROUP}/")
