"""Options that commands share. Each may stand before or after the command's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

from reconciler.cli.command_line import (
    F,
    command_line,
    command_line_of,
    common,
    common_option,
    some_common,
)
from reconciler.cli.help import PermissionOption
from reconciler.core.checks import ALLOWANCES
from reconciler.core.dialects import DIALECTS
from reconciler.core.model import Address


def spec_options(command: F) -> F:
    """-f and --prune: which specs. Never from the environment: they select what may be removed."""
    command = common_option(
        "--prune",
        cls=click.Option,
        is_flag=True,
        help="The set given by -f is complete: remove what is locked and not in it.",
    )(command)
    return common_option(
        "-f",
        "--file",
        "files",
        cls=click.Option,
        multiple=True,
        metavar="PATH",
        help="Specs from this file or folder, '-' for stdin; repeatable.",
    )(command)


def author_options(command: F) -> F:
    """--actor and --run-url: who had a change approved, for the lock. The variables of CI say it by themselves."""
    command = common_option(
        "--run-url",
        "run_url",
        cls=click.Option,
        metavar="URL",
        envvar="TUNEFORM_RUN_URL",
        help="Where this run can be looked at, for the lock. [GitHub's and GitLab's]",
    )(command)
    return common_option(
        "--actor",
        cls=click.Option,
        metavar="NAME",
        envvar="TUNEFORM_ACTOR",
        help="Who asks for it, for the lock. [GitHub's and GitLab's]",
    )(command)


def wait_options(command: F) -> F:
    """--no-wait; --timeout is every command's."""
    return click.option("--no-wait", is_flag=True, help="Submit what fits and end with 4 while it trains.")(command)


_ALLOW_HELP = {
    "delete": "Allow the deletions of this plan beyond limits.maxDeletes.",
    "cancel": "Allow cancelling running trainings.",
    "protected": "Allow touching protected models.",
    "empty": "Allow removing everything because no spec is left.",
    "unread": "Allow removing models although something that may be a spec is not read.",
    "foreign": "Allow undeploying from endpoints that are not ours.",
    "cost": "Allow a cost over the budget, or an unknown one.",
    "retired": "Allow a base model that the catalogue says does not train.",
    "promote": "Let serve what waits to be promoted.",
    "limits": "Allow more deletions and replacements than `limits` does.",
}


def allow_options(*kinds: str) -> Callable[[F], F]:
    """--allow-KIND: a permission is given where it is used, and once. `kinds` are those that mean something there."""
    return partial(_with_permissions, kinds=kinds or ALLOWANCES)


def _with_permissions(command: F, kinds: tuple[str, ...]) -> F:

    def collect(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            known = command_line_of(context)
            known.allowed |= {(parameter.name or "").removeprefix("allow_")}

    for kind in reversed(kinds):
        command = click.option(
            f"--allow-{kind}",
            cls=PermissionOption,
            is_flag=True,
            expose_value=False,
            callback=collect,
            help=_ALLOW_HELP[kind],
        )(command)
    return command


def yes_option(command: F) -> F:
    """--yes: never from the environment, since a permission is given where it is used."""
    return click.option("--yes", "-y", is_flag=True, help="Do not ask.")(command)


def dry_run_option(command: F) -> F:
    """--dry-run: what the command would do, as `plan` shows what apply would."""
    return click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")(command)


def filter_option(command: F) -> F:
    """--filter: some of what is listed."""
    return click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="EXPR",
        help="Only what it holds of: state=succeeded, label.team=support, name=~router, age<30d; repeatable.",
    )(command)


_LINES = "one event a line"
_FORMS = {
    "text": "for people",
    "json": "one document for programs",
    "yaml": "the same in YAML",
    "wide": "with the names of jobs and models",
    "markdown": "for a pull request",
    "github": "annotations of a GitHub job",
    "junit": "a test report",
    "html": "one page for a browser",
    "sarif": "for code scanning",
    "gitlab": "counts for a merge request's widget",
    "codequality": "GitLab's code quality report",
    "env": "NAME=VALUE lines",
    "configmap": "a manifest for Kubernetes",
    "terraform": "an object of texts, for its external data source",
    "csv": "a row for each point",
    "prometheus": "metrics, for a textfile collector",
}


def form_option(*forms: str, lines: bool = False) -> Callable[[F], F]:
    """--format, with what each form is for. With `lines`, JSON is one event a line."""
    meanings = [f"{form}: {_LINES if lines and form == 'json' else _FORMS[form]}" for form in forms]
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        callback=_form_of_the_run,
        help=f"{'; '.join(meanings)}. [{forms[0]}]",
    )


def room_option(command: F) -> F:
    """--markdown-for: where markdown goes, and so how long it may be."""
    return click.option(
        "--markdown-for",
        "room",
        type=click.Choice(("comment", "summary", "note")),
        default="comment",
        help="How long markdown may be: as a comment on GitHub, a job's summary there, a note on GitLab. [comment]",
    )(command)


def into_github_option(command: F) -> F:
    """--into-github: never by a variable alone, since it writes into files that variables name."""
    return click.option(
        "--into-github",
        is_flag=True,
        help="Append markdown to $GITHUB_STEP_SUMMARY and outputs to $GITHUB_OUTPUT as well.",
    )(command)


def _form_of_the_run(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """What stands before the command or in a variable, where the command's own option does not stand."""
    chosen = command_line_of(context)
    if context.get_parameter_source("form") is not ParameterSource.DEFAULT or not chosen.form:
        return value
    known = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    if chosen.form in known:
        return chosen.form
    if "form" in chosen.flags:
        raise click.BadParameter(f"{chosen.form!r} is not one of {', '.join(known)} here.", context, parameter)
    return value


def target_option(command: F) -> F:
    """--target: part of a plan."""
    return click.option(
        "--target",
        "targets",
        type=ADDRESS,
        multiple=True,
        metavar="ADDRESS",
        callback=_kept("targets"),
        help="Only this, and the models that it is tuned from; repeatable.",
    )(command)


def replace_option(command: F) -> F:
    """--replace: a training that nothing else asks for."""
    return click.option(
        "--replace",
        type=ADDRESS,
        multiple=True,
        metavar="ADDRESS",
        callback=_kept("replaces"),
        help="Train this anew; repeatable.",
    )(command)


def exclude_option(command: F) -> F:
    """--exclude: what a plan must not touch."""
    return click.option(
        "--exclude",
        type=ADDRESS,
        multiple=True,
        metavar="ADDRESS",
        callback=_kept("excluded"),
        help="All but this, and the models that are tuned from it; repeatable.",
    )(command)


def destroy_option(command: F) -> F:
    """--destroy: the plan of `destroy`."""
    return click.option(
        "--destroy",
        is_flag=True,
        callback=_kept("destroys"),
        help="What destroy would do: of everything locked, or of what --target names.",
    )(command)


def _kept(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """For the commands that this run suggests."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        del parameter
        setattr(command_line_of(context), name, value)
        return value

    return keep


class AddressType(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """`vertex/support-router`."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Refuse what is not of the form."""
        if isinstance(value, Address):
            return value
        try:
            address = Address.parse(value)
        except ValueError:
            self.fail(f"{value!r} is not an address; addresses look like vertex/support-router.", param, ctx)
        if address.backend not in DIALECTS:
            self.fail(f"{value!r}: the first half is vertex or gemini.", param, ctx)
        return address


ADDRESS = AddressType()


def example(text: str) -> str:
    """An epilog that click leaves as it is."""
    lines = "\n".join(f"  {line.strip()}" for line in text.strip().splitlines())
    return f"\b\nExamples:\n{lines}"


__all__ = [
    "ADDRESS",
    "allow_options",
    "author_options",
    "command_line",
    "common",
    "destroy_option",
    "dry_run_option",
    "example",
    "exclude_option",
    "filter_option",
    "form_option",
    "into_github_option",
    "replace_option",
    "room_option",
    "some_common",
    "spec_options",
    "target_option",
    "yes_option",
]
