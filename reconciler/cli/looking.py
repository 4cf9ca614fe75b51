"""`tuneform status`, `show`, `gate`, `prompt`: looking without changing."""

from __future__ import annotations

import json
import sys

import click

from reconciler.apply.dropped import dropped_diagnostic
from reconciler.backends.base import PromptOptions
from reconciler.cli.failures import show as say
from reconciler.cli.help import command
from reconciler.cli.options import ADDRESS, command_line, common, example, form_option, spec_options, target_option
from reconciler.cli.output import style_for, write
from reconciler.cli.planning import derive
from reconciler.cli.sessions import data_session, lock_session, specs_session
from reconciler.cli.status_rows import status_rows
from reconciler.cli.writing import document_place
from reconciler.core import exits
from reconciler.core.change import Plan
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.codes_spec import is_wrong_usage
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address, Desired
from reconciler.core.suggest import suggest
from reconciler.render.values import StatusRow
from reconciler.session.sessions import SpecsSession
from reconciler.workflow import looking as work
from reconciler.workflow.planning import Planned, look


@command(
    epilog=example(
        """
        tuneform status
        tuneform status vertex/support-router
        tuneform status --format json
        tuneform status --format markdown
        """
    )
)
@common
@spec_options
@form_option("text", "json", "markdown")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def status(addresses: tuple[Address, ...], form: str) -> None:
    """Show every training in the lock as the cloud shows it now, or those of some addresses."""
    with specs_session("status") as now:
        lock = now.world.trusted_lock()
        specs = _readable(now)
        seen = Planned(Plan(), lock, look(now.world, specs, lock), specs)
        rows = status_rows(seen, now.clock.now(), now.world.catalog, now.world.workspace.prices)
        rows = _chosen(rows, addresses)
        match form:
            case "json":
                from reconciler.render.json_status import status_to_json

                write(status_to_json(rows, now.banner))
            case "markdown":
                from reconciler.render.markdown.status import render_status as markdown_status

                write(markdown_status(rows, now.banner))
            case _:
                from reconciler.render.terminal.status import render_status

                write(render_status(rows, now.banner, style_for(sys.stdout), verbose=command_line().verbose))


@command(epilog=example("tuneform show vertex/support-router\ntuneform show vertex/support-router --request"))
@common
@spec_options
@click.option("--request", "wants_request", is_flag=True, help="The body that was sent, or would be.")
@form_option("text", "json")
@click.argument("address", type=ADDRESS)
def show(address: Address, wants_request: bool, form: str) -> None:
    """Show all that is known of one address."""
    if wants_request:
        _show_request(address)
        return
    with specs_session("show") as now:
        entry = now.world.trusted_lock().entry(address)
        if entry is None:
            detail = f"{address} is not in the lock."
            fix = f"See {suggest('status').quoted}; {suggest('plan').quoted} shows what is declared and not applied."
            raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix, address=str(address)))
        if form == "json":
            from reconciler.files.lock_json import entry_to_json

            document = {**entry_to_json(entry), "format_version": "1.0", "address": str(address)}
            write(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
            return
        from reconciler.render.terminal.show import render_entry

        write(render_entry(address, entry, now.banner, style_for(sys.stdout)))
        spec = _readable(now).models.get(address)
        file = (spec.data[0].path or "") if spec and spec.data else ""
        told = [dropped_diagnostic(address, training, file) for _, training in entry.in_order]
        if any(told):
            from reconciler.render.terminal.diagnostics import render_diagnostics

            write("\n" + render_diagnostics([d for d in told if d], style_for(sys.stdout)))


def _show_request(address: Address) -> None:
    """What would be sent has the digests of local data in it: they are looked up for this alone."""
    with data_session("show") as now:
        lock, specs = now.world.trusted_lock(), now.desired
        body = work.request_body(now.world, Planned(Plan(), lock, look(now.world, specs, lock), specs), address)
        write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")


@command(epilog=example("tuneform gate\ntuneform gate --format junit > gate.xml"))
@common
@spec_options
@form_option("text", "json", "markdown", "junit")
@target_option
@click.option("--json-into", metavar="FILE", help="Write the JSON form there as well.")
def gate(form: str, targets: tuple[Address, ...], json_into: str | None) -> int:
    """Pass (0) only if everything declared is trained, active and unchanged; else 3, or 4 while it trains."""
    from reconciler.render.json_gate import gate_to_json

    with data_session("gate") as now:
        place = None if json_into is None else document_place(json_into)
        result = work.gate(now.world, derive(now, targets))
        match form:
            case "json":
                write(gate_to_json(result, now.banner))
            case "markdown":
                from reconciler.render.markdown.gate import render_gate as markdown_gate

                write(markdown_gate(result, now.banner))
            case "junit":
                from reconciler.render.junit import gate_report

                write(gate_report(result))
            case _:
                from reconciler.render.terminal.gate import render_gate

                write(render_gate(result, now.banner, style_for(sys.stdout), verbose=command_line().verbose))
        if place:
            place.write(gate_to_json(result, now.banner))
        return result.exit_code


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


@command(
    epilog=example(
        """
        tuneform output
        tuneform output vertex/support-router --format env > model.env
        tuneform output --format json
        """
    )
)
@common
@form_option("text", "json", "env")
@click.argument("addresses", type=ADDRESS, nargs=-1)
def output(addresses: tuple[Address, ...], form: str) -> None:
    """Print the endpoint and model that serve at each address, from the lock alone."""
    from reconciler.cli.outputs import served, shown

    with lock_session("output") as now:
        found = served(now.world.trusted_lock(), addresses)
        write(shown(found, form))


@command(epilog=example("tuneform metrics vertex/support-router\ntuneform metrics vertex/x --format json"))
@common
@form_option("text", "json")
@click.argument("address", type=ADDRESS)
def metrics(address: Address, form: str) -> None:
    """Show the training curves of the newest training at an address."""
    with lock_session("metrics") as now:
        curves = work.metrics(now.world, address)
        if form == "json":
            points = {name: [[p.step, p.value] for p in line] for name, line in curves.items()}
            write(json.dumps({"format_version": "1.0", "address": str(address), "metrics": points}, indent=2) + "\n")
            return
        from reconciler.render.terminal.banner import render_banner
        from reconciler.render.terminal.metrics import render_metrics

        series = {name: [(p.step, p.value) for p in line] for name, line in curves.items()}
        style = style_for(sys.stdout)
        write(render_banner(now.banner, style) + render_metrics(address, series, style))


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


def _readable(now: SpecsSession) -> Desired:
    """The specs that can be read. What is wrong with the others is said, and hides nothing of the lock."""
    if now.mistakes and all(map(is_wrong_usage, now.mistakes)):
        raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
    if now.mistakes:
        say(now.mistakes)
    return now.readable


def _chosen(rows: list[StatusRow], addresses: tuple[Address, ...]) -> list[StatusRow]:
    known = {row.address for row in rows}
    missing = [str(a) for a in addresses if a not in known]
    if missing:
        detail = f"{', '.join(missing)}: neither declared nor in the lock."
        fix = f"See {suggest('status').quoted} for all of them."
        raise ReconcilerError(run_diagnostic("RUN013", detail, fix=fix))
    return [row for row in rows if not addresses or row.address in addresses]
