"""What serves, in the forms that other programs read, whatever stands in the lock."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from string import printable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.render.outputs import (
    CONFIGMAP_NAME,
    NAMESPACE,
    as_configmap,
    as_env,
    as_github,
    as_json,
    as_text,
    change_json,
    change_lines,
    filled,
    raw,
    variables,
)
from reconciler.render.values import Output
from reconciler.render.words import escape

ENDPOINT = "projects/319519117448/locations/us/endpoints/6662550033448397266"
MODEL = "projects/319519117448/locations/us-central1/models/2559985845468622750@1"
ROUTER = Output(Address("vertex", "support-router"), "2", ENDPOINT, MODEL)
NUMBERS = Output(Address("gemini", "n1"), "1", "tunedModels/n1-x", "tunedModels/n1-x")
BOTH = [ROUTER, NUMBERS]
HOSTILE = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40) | st.text(printable, max_size=40)


def _with(endpoint: str) -> list[Output]:
    return [ROUTER._replace(endpoint=endpoint)]


def test_json_has_everything_by_address() -> None:
    document = json.loads(as_json(BOTH))

    assert document["models"]["vertex/support-router"] == {"endpoint": ENDPOINT, "model": MODEL, "attempt": "2"}
    assert list(document["models"]) == ["vertex/support-router", "gemini/n1"]


def test_env_lines_of_what_services_give_are_bare() -> None:
    assert as_env([ROUTER]) == (f"VERTEX_SUPPORT_ROUTER_ENDPOINT={ENDPOINT}\nVERTEX_SUPPORT_ROUTER_MODEL={MODEL}\n")


def test_outputs_of_a_step_are_lines_and_everything_as_json() -> None:
    lines = as_github([ROUTER]).splitlines()

    assert lines[:2] == [f"vertex_support_router_endpoint={ENDPOINT}", f"vertex_support_router_model={MODEL}"]
    assert json.loads(lines[2].removeprefix("models=")) == json.loads(as_json([ROUTER]))["models"]


@given(HOSTILE)
def test_a_shell_that_reads_env_lines_gets_one_value_and_runs_nothing(value: str) -> None:
    text = as_env(_with(value))

    words = [shlex.split(line) for line in text.splitlines()]
    assert [len(line) for line in words] == [1, 1]
    assert words[0][0].startswith("VERTEX_SUPPORT_ROUTER_ENDPOINT=")


@pytest.mark.parametrize(
    "value", ["$(touch ran)", "`touch ran`", "a; touch ran", "a' b \"c", "a\nPATH=/tmp", "\x1b[2J"]
)
def test_a_real_shell_runs_nothing_of_a_value(value: str, tmp_path: object) -> None:
    script = as_env(_with(value)) + 'printf %s "$VERTEX_SUPPORT_ROUTER_ENDPOINT"\n'

    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=str(tmp_path), capture_output=True, text=True, check=True, env={"PATH": "/bin"}
    )

    assert done.stdout == (value if value.isprintable() else value.encode("unicode_escape").decode())
    assert os.listdir(str(tmp_path)) == []  # noqa: PTH208 - nothing was made


@given(HOSTILE)
def test_a_runner_that_reads_outputs_finds_exactly_what_was_meant(value: str) -> None:
    found = _as_a_runner_reads(as_github(_with(value)))

    assert list(found) == ["vertex_support_router_endpoint", "vertex_support_router_model", "models"]
    assert found["vertex_support_router_endpoint"] == escape(value)
    assert json.loads(found["models"])["vertex/support-router"]["endpoint"] == value


def _as_a_runner_reads(text: str) -> dict[str, str]:
    """By its documentation: NAME=VALUE, or NAME<<END, lines, END."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if "=" in line and ("<<" not in line or line.index("=") < line.index("<<")):
            name, _, value = line.partition("=")
            found[name] = value
        elif line:
            name, _, end = line.partition("<<")
            found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


@given(HOSTILE)
def test_a_manifest_is_yaml_with_the_values_as_they_are(value: str) -> None:
    manifest = yaml.safe_load(as_configmap(_with(value), "models", "prod"))

    assert manifest["data"] == {"VERTEX_SUPPORT_ROUTER_ENDPOINT": value, "VERTEX_SUPPORT_ROUTER_MODEL": MODEL}


def test_a_manifest_has_what_kubernetes_asks_for() -> None:
    manifest = yaml.safe_load(as_configmap(BOTH, "models", "prod"))

    assert (manifest["apiVersion"], manifest["kind"]) == ("v1", "ConfigMap")
    assert (manifest["metadata"]["name"], manifest["metadata"]["namespace"]) == ("models", "prod")
    assert all(set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") for key in manifest["data"])
    assert yaml.safe_load(as_configmap([], "models"))["data"] == {}
    assert "namespace" not in yaml.safe_load(as_configmap([], "models"))["metadata"]


@pytest.mark.parametrize("name", ["true", "null", "1e3", "0", "a.b-c"])
def test_a_name_that_yaml_would_take_for_something_else_stays_a_name(name: str) -> None:
    assert CONFIGMAP_NAME.fullmatch(name)

    assert yaml.safe_load(as_configmap([], name))["metadata"]["name"] == name


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a\n", "a" * 254, "ä", "a: b"])
def test_kubernetes_would_refuse_these_names(name: str) -> None:
    assert CONFIGMAP_NAME.fullmatch(name) is None
    assert NAMESPACE.fullmatch(name) is None


def test_a_namespace_has_no_dots_and_63_characters_at_most() -> None:
    assert NAMESPACE.fullmatch("a" * 63)
    assert [name for name in ("a.b", "a" * 64) if NAMESPACE.fullmatch(name)] == []


def test_raw_is_the_value_and_a_line_end() -> None:
    assert raw(ROUTER, "endpoint") == f"{ENDPOINT}\n"
    assert raw(ROUTER, "model") == f"{MODEL}\n"


def test_a_template_is_filled_in_by_the_names_of_env() -> None:
    text = "endpoint: ${VERTEX_SUPPORT_ROUTER_ENDPOINT}\nmodel: $VERTEX_SUPPORT_ROUTER_MODEL\nprice: $$1\n"

    assert filled(text, "t", BOTH) == f"endpoint: {ENDPOINT}\nmodel: {MODEL}\nprice: $1\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$VERTEX_SUPPORT_ROUTER_ENDPOIN", "Write ${VERTEX_SUPPORT_ROUTER_ENDPOINT}."),
        ("$nothing_alike", "There are: VERTEX_SUPPORT_ROUTER_ENDPOINT, VERTEX_SUPPORT_ROUTER_MODEL"),
        ("100 $", "Write $$ for a dollar sign."),
        ("${VERTEX_SUPPORT_ROUTER_ENDPOINT.__class__}", "Write $$ for a dollar sign."),
    ],
)
def test_a_template_that_cannot_be_filled_in_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ReconcilerError) as caught:
        filled(text, "app.in", [ROUTER])

    (mistake,) = caught.value.diagnostics
    assert mistake.code == "RUN050"
    assert mistake.detail.startswith("app.in: ")
    assert said in (mistake.fix or "")


def _shown_or_refused(show: Callable[[], str]) -> str:
    try:
        return show()
    except ReconcilerError as exc:
        return exc.diagnostics[0].code


@given(HOSTILE)
def test_what_no_service_names_so_goes_into_no_script_and_no_template(value: str) -> None:
    is_plain = all(c.isascii() and (c.isalnum() or c in "._~:/@%+-") for c in value)

    (output,) = _with(value)
    bare = _shown_or_refused(lambda: raw(output, "endpoint"))
    filled_in = _shown_or_refused(lambda: filled("$VERTEX_SUPPORT_ROUTER_ENDPOINT\n", "t", [output]))

    assert filled_in == (f"{value}\n" if is_plain else "RUN051")
    assert bare == (filled_in if value else "RUN047")  # nothing is no endpoint that a script could ask


@given(HOSTILE)
def test_nothing_moves_the_cursor_of_who_reads_text(value: str) -> None:
    for text in (as_text(_with(value)), change_lines("now", _with(value), None)):
        assert all(line.isprintable() for line in text.split("\n"))


def test_a_change_is_a_line_for_each_address_that_serves_something_else() -> None:
    moved = ROUTER._replace(endpoint="projects/1/locations/us/endpoints/9")

    assert change_lines("T", BOTH, None).count("\n") == 2
    assert change_lines("T", [moved, NUMBERS], BOTH) == f"T  vertex/support-router  {moved.endpoint}  {MODEL}\n"
    assert change_lines("T", [ROUTER], BOTH) == "T  gemini/n1  serves nothing any more\n"
    assert change_lines("T", [], None) == "T  no model serves\n"


def test_a_change_as_json_is_one_line_with_all_that_serves() -> None:
    line = change_json("2026-11-30T09:00:00.000Z", BOTH)

    assert line.count("\n") == 1
    assert json.loads(line)["at"] == "2026-11-30T09:00:00.000Z"
    assert sorted(json.loads(line)["models"]) == ["gemini/n1", "vertex/support-router"]


def test_no_two_addresses_have_the_same_variable() -> None:
    names = variables([ROUTER, NUMBERS, ROUTER._replace(address=Address("vertex", "support-router2"))])

    assert len(names) == 6
