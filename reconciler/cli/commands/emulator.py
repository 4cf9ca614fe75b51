"""`tuneform emulator`: serve it until somebody asks for the end; record a service behind it; replay a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.console import write
from reconciler.cli.destinations import Replaces, destination
from reconciler.cli.help import group
from reconciler.cli.options import example, form_option, some_common
from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError

if TYPE_CHECKING:
    from reconciler.emulator.server import ServedHandler

_LOCAL = ("127.0.0.1", "::1", "localhost")


@group(
    invoke_without_command=True,
    epilog=example(
        """
        tuneform emulator --port 8787
        tuneform emulator --port 8787 --state emulator.db --speed 100
        tuneform plan --emulator=http://127.0.0.1:8787
        tuneform emulator --record recordings/mine --upstream google
        tuneform emulator verify recordings/mine
        """
    ),
)
@some_common("color")
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback, unless you know why not.")
@click.option("--state", metavar="FILE", help="Keep the state in this file; without it, in memory.")
@click.option("--speed", default=None, help="real, instant, manual, or how many times faster than real training.")
@click.option("--seed", type=int, default=None, help="Seed of simulated curves and answers.")
@click.option("--catalog", type=click.Choice(["current", "historic"]), default=None, help="Which base models train.")
@click.option(
    "--record", metavar="FOLDER", help="Pass every request on to --upstream, and keep what it answers, scrubbed."
)
@click.option("--upstream", metavar="google|URL", help="With --record: the real services, or another emulator.")
@click.option("--yes", "-y", is_flag=True, help="With --record: send whatever comes, and keep it, without a question.")
@click.pass_context
def emulator(
    context: click.Context,
    port: int,
    host: str,
    state: str | None,
    speed: str | None,
    seed: int | None,
    catalog: str | None,
    record: str | None,
    upstream: str | None,
    yes: bool,
) -> int:
    """Serve Vertex AI tuning, the Gemini API's tuned models and Cloud Storage on one port; no account needed.

    With --record its port leads to a real service: the client gets the real answers, with its own credential or
    Application Default Credentials. Every difference from what the emulator would have answered is printed.
    """
    if context.invoked_subcommand is not None:
        return exits.OK
    if host not in _LOCAL:
        click.echo(f"warning: {host} can be reached by others; the emulator asks for no credentials.", err=True)
    if record is None:
        if upstream is not None or yes:
            raise click.UsageError("--upstream and --yes go with --record.")
        return _serve(host=host, port=port, state=state, speed=speed, seed=seed, catalog=catalog)
    if upstream is None or state is not None or speed is not None or seed is not None:
        raise click.UsageError("--record goes with --upstream, and without --state, --speed and --seed.")
    if host not in _LOCAL and upstream == "google":
        raise click.UsageError(
            "--record --upstream google listens on this machine alone: it passes on your credentials."
        )
    return _record(record, upstream, host=host, port=port, catalog=catalog, yes=yes)


@emulator.command(
    epilog=example("tuneform emulator verify recordings/mine\ntuneform emulator verify recordings/mine --format json")
)
@some_common("color")
@form_option("text", "json")
@click.argument("folder", metavar="FOLDER")
def verify(folder: str, form: str) -> int:
    """Replay a recording against the emulator; no account needed. Ends with 1 where anything differs.

    Says which of the emulator's behaviours the recording shows, where each comes from, and whether it holds.
    """
    from reconciler.cli.recordings import account_to_json, read_recording, render_account
    from reconciler.emulator.recording.verifying import replayed

    exchanges, catalog = read_recording(folder)
    account = replayed(exchanges, catalog=catalog)
    write(account_to_json(account) if form == "json" else render_account(account))
    return exits.FAILED if account.findings else exits.OK


def _record(folder: str, upstream: str, *, host: str, port: int, catalog: str | None, yes: bool) -> int:
    """Until SIGTERM or SIGINT; then what came is shown, and kept where somebody agrees."""
    from reconciler.cli.recordings import Consent, Keeper, render_account, show_findings
    from reconciler.emulator.recording.checks import Check
    from reconciler.emulator.recording.exchange import Exchange
    from reconciler.emulator.recording.verifying import Account
    from reconciler.session.recording import opened_recorder

    consent = Consent(yes=yes)
    keeper = Keeper(folder, catalog=catalog, upstream=upstream)
    account = Account()

    def heard(exchange: Exchange, checks: list[Check]) -> None:
        show_findings(exchange, account.add(exchange, checks))

    with opened_recorder(upstream, catalog=catalog, may_send=consent.may_send, heard=heard) as recorder:
        _listen(recorder, f"records {upstream}, into {folder}", host=host, port=port)
    write(render_account(account))
    keeper.keep(recorder.exchanges, consent)
    return exits.FAILED if account.findings else exits.OK


def _serve(*, host: str, port: int, state: str | None, speed: str | None, seed: int | None, catalog: str | None) -> int:
    """One line with the URL when it listens; SIGTERM drains."""
    from reconciler.emulator import Emulator
    from reconciler.session.embedded import speed_of, starting_emulator

    place = None if state is None else str(destination(state, Replaces.ANYTHING).place)
    with starting_emulator():
        opened = Emulator.open(place, speed=speed_of(speed), catalog=catalog, seed=seed)  # type: ignore[arg-type]
    try:
        _listen(opened, f"state in {state}" if state else "state in memory", host=host, port=port, name=f" {opened.id}")
    finally:
        opened.close()
    return exits.OK


def _listen(answering: ServedHandler, about: str, *, host: str, port: int, name: str = "") -> None:
    from reconciler.emulator.server import serve

    def ready(url: str) -> None:
        click.echo(f"tuneform emulator{name} listens on {url}, {about}")

    try:
        serve(answering, host=host, port=port, ready=ready)
    except OSError as exc:
        detail = f"Cannot listen on {host}:{port}: {exc.strerror or exc}."
        raise ReconcilerError(run_diagnostic("RUN015", detail, fix="Choose another --port.")) from exc
