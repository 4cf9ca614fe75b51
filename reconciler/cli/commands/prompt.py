"""`tuneform prompt`."""

from __future__ import annotations

import json
from typing import Any

import click

from reconciler.cli.console import write
from reconciler.cli.failures import show
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example
from reconciler.cli.sessions import lock_session
from reconciler.core.codes_prompt import prompt_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.generation import LEVELS, AnswerSettings, Thought
from reconciler.core.model import Address
from reconciler.render.words import escape
from reconciler.workflow import prompt as work


class ThinkingType(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A level by its word, or a budget in tokens."""

    name = "level|tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Refuse what is neither."""
        text = str(value).lower()
        if text in LEVELS:
            return text
        try:
            tokens = int(text)
        except ValueError:
            tokens = _NO_BUDGET
        if not _DYNAMIC <= tokens < 2**31:
            self.fail(f"{value!r} is neither {', '.join(LEVELS)} nor a number of tokens from -1.", param, ctx)
        return tokens


_DYNAMIC, _NO_BUDGET = -1, -2


@command(
    epilog=example(
        'tuneform prompt vertex/support-router "I was charged twice" --thinking minimal\n'
        'tuneform prompt vertex/support-router "I was charged twice" --attempt 2 --checkpoint last'
    )
)
@common
@click.option("--attempt", type=click.IntRange(1), help="Another training than the one that serves, by its number.")
@click.option("--checkpoint", metavar="ID|last", default="", help="A checkpoint of the training, by its own endpoint.")
@click.option("--system", default="", metavar="TEXT", help="A system instruction (Vertex AI).")
@click.option(
    "--thinking",
    type=ThinkingType(),
    metavar="LEVEL|TOKENS",
    help="minimal to high, or a budget; Google advises the least for tuned models.",
)
@click.option("--thoughts", "include_thoughts", is_flag=True, default=None, help="What it thinks as well, on stderr.")
@click.option("--max-output-tokens", type=click.IntRange(1), help="Stop after this many.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="How freely it picks words.")
@click.option("--top-p", type=click.FloatRange(0, 1), help="Only the likeliest words up to this probability.")
@click.option("--top-k", type=click.FloatRange(1), help="Only this many of the likeliest words.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="For answers that are more alike.")
@click.option("--response-schema", metavar="FILE|JSON", help="The API's schema that the answer is forced into.")
@click.option("--response-mime-type", metavar="TYPE", default="", help="With a schema: application/json.")
@click.argument("address", type=ADDRESS)
@click.argument("text")
def prompt(
    address: Address, text: str, attempt: int | None, checkpoint: str, response_schema: str | None, **given: Any
) -> None:
    """Ask a model of an address, the one that serves unless told otherwise. TEXT '-' reads stdin.

    The answer streams to stdout. What the base model ignores of the settings is a warning, and not sent; where it
    refuses one, nothing is.
    """
    settings = AnswerSettings(response_schema=_schema(response_schema) if response_schema else None, **given)
    asked = work.AskedModel(address, str(attempt or ""), checkpoint)
    with lock_session("prompt") as now:
        question = _piped_in() if text == "-" else text
        training = work.asked_training(now.world, asked)
        if warnings := work.remarks(now.world, asked, training, settings):
            show(warnings)
        for piece in work.answer(now.world, asked, training, question, settings):
            if isinstance(piece, Thought):
                click.echo("\n".join(map(escape, piece.splitlines())), err=True)
            else:
                write(piece)
        write("\n")


def _schema(given: str) -> dict[str, Any]:
    """As it stands in JSON, or in a file of it."""
    from reconciler.files.bounds import PROMPT, bytes_of

    try:
        content = given.encode() if given.lstrip().startswith("{") else bytes_of(given, PROMPT, takes_pipe=True)
        schema = json.loads(content)
    except OSError as exc:
        raise _no_schema(f"{given}: {exc.strerror}.") from exc
    except (ValueError, RecursionError) as exc:
        raise _no_schema(f"It is not JSON: {exc}.") from exc
    if not isinstance(schema, dict):
        raise _no_schema("It is no object.")
    return schema


def _no_schema(detail: str) -> ReconcilerError:
    fix = 'Give a schema as the API has it, such as {"type": "OBJECT", …}, or the name of a file with one.'
    return ReconcilerError(prompt_diagnostic("RUN074", detail, fix=fix))


def _piped_in() -> str:
    """A prompt: text, and no more than fits."""
    from reconciler.files.bounds import PROMPT, TooLargeError, piped_in

    try:
        data = piped_in(PROMPT)
        return data.decode()
    except TooLargeError as exc:
        raise ReconcilerError(run_diagnostic("RUN036", f"{exc.strerror}.", fix=exc.fix)) from exc
    except UnicodeDecodeError as exc:
        detail = f"Byte {exc.start + 1:,}, 0x{exc.object[exc.start]:02x}, is not part of UTF-8 text."
        raise ReconcilerError(run_diagnostic("RUN036", detail, fix="Pipe in text in UTF-8.")) from exc
