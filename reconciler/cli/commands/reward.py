"""`tuneform reward`."""

from __future__ import annotations

import sys

import click

from reconciler.cli.console import style_for, write
from reconciler.cli.failures import show as say
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, command_line, common, example, form_option, spec_options
from reconciler.cli.sessions import specs_session
from reconciler.core import exits
from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.diagnostics import Diagnostic, Location, ReconcilerError
from reconciler.core.model import Address, RewardSample
from reconciler.workflow.rewards import PlacedSample, rewarding_spec, try_answers

_STDIN = "-"


@command(
    epilog=example(
        """
        tuneform reward vertex/tutor
        tuneform reward vertex/tutor --answer "It is 4." --example 2
        tuneform reward vertex/tutor --answers answers.jsonl --format json
        """
    )
)
@common
@spec_options
@form_option("text", "json")
@click.option(
    "--answer", "texts", multiple=True, metavar="TEXT", help="Try this answer, '-' for stdin as a whole; repeatable."
)
@click.option(
    "--answers",
    "file",
    metavar="FILE",
    help="Try those of a file, '-' for stdin. A line is JSON: a text, or an object as in rewardSamples.",
)
@click.option(
    "--example", "number", type=click.IntRange(1), help="The example of the training data that they answer. [1]"
)
@click.argument("address", type=ADDRESS)
def reward(address: Address, texts: tuple[str, ...], file: str | None, number: int | None, form: str) -> int:
    """Ask what answers are rewarded with by a spec of reinforcement tuning; nothing is trained, nothing written.

    Without answers the rewardSamples of the spec are tried. Ends with 1 where one is out of its bounds, or cannot be
    rewarded.
    """
    _refuse_unclear(texts, file, number)
    with specs_session("reward") as now:
        if now.has_nothing_to_read:
            raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
        declared = rewarding_spec(now.readable, now.mistakes, address)
        if now.mistakes:
            say(now.mistakes)  # of other specs
        given = [PlacedSample(RewardSample(_text(text), number or 1)) for text in texts]
        given += [] if file is None else _in_file(file, number or 1)
        found = try_answers(now.world, declared, given)
        if form == "json":
            from reconciler.render.json_rewards import rewards_to_json

            write(rewards_to_json(address, found, now.banner))
        else:
            from reconciler.render.terminal.rewards import render_rewards

            write(render_rewards(address, found, now.banner, style_for(sys.stdout)))
        return exits.OK if all(rewarded.is_as_expected for rewarded in found) else exits.FAILED


def _refuse_unclear(texts: tuple[str, ...], file: str | None, number: int | None) -> None:
    if number is not None and not texts and file is None:
        raise click.UsageError("--example is of answers that you give: samples of a spec name their own.")
    if [*texts, file, *command_line().files].count(_STDIN) > 1:
        raise click.UsageError("Standard input can be one of them alone: '-' stands there twice.")


def _text(given: str) -> str:
    if given != _STDIN:
        return given
    try:
        return _content(_STDIN).decode()
    except UnicodeDecodeError as exc:
        raise _unreadable("stdin", f"Byte {exc.start + 1:,} is not part of UTF-8 text.") from exc


def _in_file(name: str, number: int) -> list[PlacedSample]:
    from reconciler.files.reward_answers import answers_in

    shown = "stdin" if name == _STDIN else name
    return [PlacedSample(sample, where) for sample, where in answers_in(_content(name), shown, number)]


def _content(name: str) -> bytes:
    from reconciler.files.bounds import PROMPT, TooLargeError, bytes_of, piped_in

    try:
        return piped_in(PROMPT) if name == _STDIN else bytes_of(name, PROMPT, takes_pipe=True)
    except TooLargeError as exc:
        raise _unreadable("stdin" if name == _STDIN else name, f"{exc.strerror}.", exc.fix) from exc
    except OSError as exc:
        raise _unreadable(name, f"It cannot be read: {exc.strerror or exc}.") from exc


def _unreadable(name: str, detail: str, fix: str = "Name a file of UTF-8 text that can be read.") -> ReconcilerError:
    found: Diagnostic = prompt_diagnostic("RUN055", detail, fix=fix, where=Location(name))
    return ReconcilerError(found)
