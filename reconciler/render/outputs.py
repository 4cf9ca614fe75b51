"""What serves where, in the forms that other programs read: each quotes as its reader does, or refuses.

A name that a service gives is plain. What is not came from somebody else's hand into the lock.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from string import Template

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.model import Address
from reconciler.render.values import Output
from reconciler.render.words import escape

_PLAIN = re.compile(r"[A-Za-z0-9._~:/@%+-]*")
"""What no shell, template, page or configuration reads as anything else than itself."""
_NOT_A_SCALAR = re.compile("[\x7f-\ud7ff\ue000-\uffff]")
"""Beyond ASCII in the first plane: some of it ends a line of YAML, or is refused there unless it is spelt out."""
CONFIGMAP_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
"""A DNS subdomain, and for a namespace a label:
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, read 2026-11-30."""
NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def as_text(outputs: Iterable[Output]) -> str:
    """For people."""
    lines = (line for o in outputs for line in (str(o.address), *_named(o)))
    return "".join(f"{escape(line)}\n" for line in lines)


def _named(o: Output) -> Iterator[str]:
    """What there is of it: an open model has no endpoint, and its files stand beside a Model where it has one."""
    files = o.artifacts if o.artifacts != o.model else ""
    for label, value in (("endpoint", o.endpoint), ("model", o.model), ("files", files)):
        if value:
            yield f"  {label:<8}  {value}"


def as_json(outputs: Iterable[Output]) -> str:
    """By address."""
    return json.dumps({"format_version": "1.0", "models": _by_address(outputs)}, indent=2) + "\n"


def as_env(outputs: Iterable[Output]) -> str:
    """NAME=VALUE, quoted for a shell where there is anything to quote; readers of env files know no quotes."""
    return "".join(f"{name}={shlex.quote(_one_line(value))}\n" for name, value in variables(outputs).items())


def as_github(outputs: Iterable[Output]) -> str:
    """For $GITHUB_OUTPUT: an output for each value, and `models` with all of them as JSON, for `fromJSON`.

    A line is NAME=VALUE, and nothing in it needs the other form, with a delimiter, since no value has two lines:
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, read 2026-11-30.
    """
    found = list(outputs)
    values = {name.lower(): value for name, value in variables(found).items()}
    values["models"] = json.dumps(_by_address(found))
    return "".join(f"{name}={_one_line(value)}\n" for name, value in values.items())


def as_terraform(outputs: Iterable[Output]) -> str:
    """For an `external` data source of Terraform: one object, its values texts.

    https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external, read 2026-11-30.
    """
    return json.dumps({name.lower(): value for name, value in variables(outputs).items()}, indent=2) + "\n"


def as_configmap(outputs: Iterable[Output], name: str, namespace: str = "") -> str:
    """A manifest whose keys are those of `env`, so that `envFrom` takes it. Name and namespace are checked before."""
    head = ["apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: {_scalar(name)}"]
    where = [f"  namespace: {_scalar(namespace)}"] if namespace else []
    labels = ["  labels:", "    app.kubernetes.io/managed-by: tuneform"]
    data = [f"  {key}: {_scalar(value)}" for key, value in variables(outputs).items()]
    return "\n".join([*head, *where, *labels, "data:" if data else "data: {}", *data]) + "\n"


def raw(output: Output, what: str) -> str:
    """One value as it is. Raises ReconcilerError (RUN051) where it is not plain, RUN047 where there is none."""
    value = output.model if what == "model" else output.endpoint
    if not value:
        detail = f"{output.address} has no endpoint: what was tuned is files, at {output.artifacts}."
        fix = "Ask for --value model, and deploy that."
        raise ReconcilerError(run_diagnostic("RUN047", detail, fix=fix, address=str(output.address)))
    return _plain(output.address, value) + "\n"


def filled(template: str, path: str, outputs: Iterable[Output]) -> str:
    """A text with `$NAME` and `${NAME}` replaced, `$$` a dollar. Raises ReconcilerError (RUN050, RUN051)."""
    found = list(outputs)
    for output in found:
        _plain(output.address, output.endpoint), _plain(output.address, output.model)
    values, asked = variables(found), Template(template)
    if not asked.is_valid():
        raise ReconcilerError(_template_mistake(path, "A dollar sign begins no name.", "Write $$ for a dollar sign."))
    unknown = [name for name in asked.get_identifiers() if name not in values]
    if unknown:
        raise ReconcilerError(*(_unknown(path, name, values) for name in unknown))
    return asked.substitute(values)


def change_lines(at: str, outputs: Sequence[Output], before: Sequence[Output] | None) -> str:
    """A line for each address that serves something else than before, or nothing any more."""
    old = {o.address: o for o in before or ()}
    new = {o.address: o for o in outputs}
    said = [f"{at}  {o.address}  {o.endpoint or '-'}  {o.model or '-'}" for o in outputs if old.get(o.address) != o]
    gone = [f"{at}  {address}  serves nothing any more" for address in old if address not in new]
    nothing = [f"{at}  no model serves"] if before is None and not outputs else []
    return "".join(f"{escape(line)}\n" for line in [*said, *gone, *nothing])


def change_json(at: str, outputs: Iterable[Output]) -> str:
    """All that serves, on one line."""
    return json.dumps({"format_version": "1.0", "at": at, "models": _by_address(outputs)}) + "\n"


FORMS: Mapping[str, Callable[[Iterable[Output]], str]] = {
    "text": as_text,
    "json": as_json,
    "env": as_env,
    "github": as_github,
    "terraform": as_terraform,
}


def variables(outputs: Iterable[Output]) -> dict[str, str]:
    """`VERTEX_SUPPORT_ROUTER_ENDPOINT` and `…_MODEL`; no two addresses have the same."""
    return {
        f"{re.sub(r'[^A-Z0-9]+', '_', str(o.address).upper())}_{what}": value
        for o in outputs
        for what, value in (("ENDPOINT", o.endpoint), ("MODEL", o.model))
    }


def _by_address(outputs: Iterable[Output]) -> dict[str, dict[str, str]]:
    """`artifacts` only where there are some, as of an open model."""
    return {
        str(o.address): {
            "endpoint": o.endpoint,
            "model": o.model,
            "attempt": o.attempt,
            **({"artifacts": o.artifacts} if o.artifacts else {}),
        }
        for o in outputs
    }


def _one_line(value: str) -> str:
    """A second line would be another variable. What is not printable is spelt out: no service names anything so."""
    return escape(value)


def _scalar(value: str) -> str:
    """A double-quoted scalar, which JSON's strings are but for what YAML wants spelt out."""
    return _NOT_A_SCALAR.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _plain(address: Address, value: str) -> str:
    if _PLAIN.fullmatch(value) is None:
        detail = f"The lock says of {address} what no service would have named so: {escape(value)!r}."
        raise ReconcilerError(
            run_diagnostic(
                "RUN051", detail, address=str(address), fix="Look at it with --format json, or mend the lock."
            )
        )
    return value


def _unknown(path: str, name: str, values: Mapping[str, str]) -> Diagnostic:
    near = difflib.get_close_matches(name, values, n=1)
    meant = f"Write ${{{near[0]}}}." if near else f"There are: {', '.join(values) or 'none, since no model serves'}."
    return _template_mistake(path, f"Nothing that serves is named {escape(name)}.", meant)


def _template_mistake(path: str, detail: str, fix: str) -> Diagnostic:
    return run_diagnostic("RUN050", f"{path}: {detail}", fix=fix)
