"""`tuneform validate`: specs and local data, without any cloud."""

from __future__ import annotations

import sys

from reconciler.cli.console import style_for, write
from reconciler.cli.help import command
from reconciler.cli.options import common, example, form_option, spec_options
from reconciler.cli.repository_paths import from_repository, path_from_repository
from reconciler.cli.sessions import read_specs
from reconciler.core.alike import at_most, once
from reconciler.core.diagnostics import Diagnostic, ReconcilerError, in_order
from reconciler.core.plurals import counted
from reconciler.files.specs import Loaded
from reconciler.session.data import known_data
from reconciler.session.specs import exit_code_of
from reconciler.version import __version__

_SHOWN_PER_CODE = 20
"""Findings of one code that are shown to people; the rest are counted."""


@command(epilog=example("tuneform validate\ntuneform validate --format github"))
@common
@spec_options
@form_option("text", "json", "sarif", "github", "codequality")
def validate(form: str) -> int:
    """Check every spec, the workspace and local training data. All mistakes at once, offline."""
    loaded = read_specs(with_policies=True)
    found = list(loaded.diagnostics)
    count = 0
    if loaded.desired is not None:
        count = len(loaded.desired.models)
        try:
            found += known_data(loaded, complete=True).findings
        except ReconcilerError as exc:
            found += exc.diagnostics
    if loaded.policies.rules:
        from reconciler.workflow.policy_tests import case_mistakes

        found += case_mistakes(loaded.workspace, loaded.policies)
    found = in_order(found)
    _report(form, found, loaded, count)
    return exit_code_of(found)


def _report(form: str, found: list[Diagnostic], loaded: Loaded, count: int) -> None:
    match form:
        case "json":
            from reconciler.render.json_diagnostics import diagnostics_to_json

            write(diagnostics_to_json(found))
        case "sarif":
            from reconciler.render.sarif import sarif_report

            anchor = path_from_repository("tuneform.yaml")
            write(sarif_report(from_repository(once(found)), version=__version__, anchor=anchor))
        case "codequality":
            from reconciler.render.gitlab import code_quality

            write(code_quality(from_repository(once(found)), anchor=path_from_repository("tuneform.yaml")))
        case "github":
            from reconciler.render.github import annotations

            write(annotations(from_repository(once(found))))
        case _:
            from reconciler.render.terminal.diagnostics import render_diagnostics
            from reconciler.render.words import skipped_words

            shown, rest = at_most(once(found), _SHOWN_PER_CODE)
            write(render_diagnostics(shown, style_for(sys.stdout)))
            for code, more in rest.items():
                write(f"{more:,} more of {code}.\n")
            if not any(d.is_error for d in found):
                skipped = f"; {skipped_words(loaded.skipped)}" if loaded.skipped else ""
                write(f"{counted(count, 'spec is', 'specs are')} valid{skipped}.\n")
