"""`tuneform policy test|list`: the workspace's own rules over plans."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.help import group
from reconciler.cli.options import common, example, form_option
from reconciler.cli.sessions import read_workspace
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.settings import Workspace


@group(epilog=example("tuneform policy test\ntuneform policy list"))
def policy() -> None:
    """Try the workspace's rules on their cases, and list them. A plan is judged by them by itself."""


@policy.command(epilog=example("tuneform policy test\ntuneform policy test --format junit > policies.xml"))
@common
@form_option("text", "json", "junit")
@click.argument("files", nargs=-1, metavar="[FILES]")
def test(form: str, files: tuple[str, ...]) -> int:
    """Judge every case of every rule, offline: 1 where a rule says something else than its case expects.

    With FILES: the cases that stand in them, and those of the rules that do. Rules without a case are named.
    """
    from reconciler.workflow.policy_tests import try_policies

    tried = try_policies(_with_rules(), tuple(_as_read(files)))
    match form:
        case "json":
            from reconciler.render.json_policies import policies_to_json

            write(policies_to_json(tried.rules, tried.cases, tried.untested))
        case "junit":
            from reconciler.render.junit import policies_report

            write(policies_report(tried.cases))
        case _:
            from reconciler.render.terminal.policies import render_cases

            write(render_cases(tried.cases, tried.untested, style_for(sys.stdout)))
    return exits.FAILED if tried.wrong else exits.OK


@policy.command("list", epilog=example("tuneform policy list\ntuneform policy list --format json"))
@common
@form_option("text", "json")
def list_rules(form: str) -> None:
    """Show every rule: what it is about, what it requires, and where it stands."""
    from reconciler.workflow.policy_tests import read_rules

    rules = read_rules(_with_rules()).rules
    if form == "json":
        from reconciler.render.json_policies import policies_to_json

        write(policies_to_json(rules))
        return
    from reconciler.render.terminal.policies import render_rules

    write(render_rules(rules, style_for(sys.stdout)))


def _with_rules() -> Workspace:
    workspace = read_workspace()
    if not workspace.policies:
        detail = f"{workspace.path} names no policies."
        fix = "Write policies: [policies/] under its spec, and a document of kind Policy into that folder."
        raise ReconcilerError(run_diagnostic("RUN081", detail, fix=fix))
    return workspace


def _as_read(files: tuple[str, ...]) -> list[str]:
    """The paths as messages name them; a folder stands for what lies in it."""
    from reconciler.files.sources import files_named

    seen: set[str] = set()
    missing = [file for file in files if not Path(file).exists()]
    if missing:
        raise click.UsageError(f"There is no {missing[0]}.")
    return [str(Path(found)) for file in files for found in files_named(file, seen) if isinstance(found, str)]
