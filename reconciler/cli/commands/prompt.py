"""`tuneform prompt`."""

from __future__ import annotations

import click

from reconciler.backends.base import PromptOptions
from reconciler.cli.console import write
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, common, example
from reconciler.cli.sessions import lock_session
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.workflow import prompt as work


@command(epilog=example('tuneform prompt vertex/support-router "I was charged twice" --temperature 0'))
@common
@click.option("--temperature", type=click.FloatRange(0, 2), help="How freely it picks words.")
@click.option("--top-p", type=click.FloatRange(0, 1), help="Only the likeliest words up to this probability.")
@click.option("--top-k", type=click.FloatRange(1), help="Only this many of the likeliest words.")
@click.option("--max-output-tokens", type=click.IntRange(1), help="Stop after this many.")
@click.option("--system", default="", metavar="TEXT", help="A system instruction (Vertex AI).")
@click.argument("address", type=ADDRESS)
@click.argument("text")
def prompt(
    address: Address,
    text: str,
    temperature: float | None,
    top_p: float | None,
    top_k: float | None,
    max_output_tokens: int | None,
    system: str,
) -> None:
    """Ask the model that serves at an address; the answer streams to stdout. TEXT '-' reads stdin."""
    with lock_session("prompt") as now:
        options = PromptOptions(temperature, top_p, top_k, max_output_tokens, system)
        asked = _piped_in() if text == "-" else text
        for piece in work.prompt(now.world, address, asked, options):
            write(piece)
        write("\n")


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
