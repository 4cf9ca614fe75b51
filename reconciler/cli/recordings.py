"""What the commands about recordings share: what is asked before anything is sent or kept, and what is shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.consent import is_anybody_there
from reconciler.cli.console import write
from reconciler.cli.destinations import destination, folder_for
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, Severity
from reconciler.core.plurals import counted
from reconciler.render.words import escape

if TYPE_CHECKING:
    from reconciler.emulator import Request
    from reconciler.emulator.recording.checks import Check
    from reconciler.emulator.recording.exchange import Exchange
    from reconciler.emulator.recording.verifying import Account, Departure

HEADER = "recording.json"


class Consent:
    """Asks on the terminal, one question at a time: requests come from several threads. `yes` answers them all."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes
        self._turn = threading.Lock()
        if not yes and not is_anybody_there():
            fix = "Give --yes: then all that comes is sent, and kept when it ends."
            raise ReconcilerError(plan_diagnostic("PLAN111", Severity.ERROR, "There is nobody to ask here.", fix=fix))

    def may_send(self, request: Request) -> bool:
        """Whether to send what is no mere question: it may cost money, and it changes something."""
        return self.asked(f"Send {escape(f'{request.method} {request.path}')}? It changes something, or costs money.")

    def asked(self, question: str) -> bool:
        """Whether somebody agrees."""
        if self._yes:
            return True
        with self._turn:
            return click.confirm(question, default=False, err=True)


class Keeper:
    """Writes a recording into a folder, after what is left in it was shown and agreed to."""

    def __init__(self, folder: str, *, catalog: str | None, upstream: str) -> None:
        self._folder = folder
        self._place = folder_for(folder)
        self._header = {"format": 1, "of": "google" if upstream == "google" else "emulator", "catalog": catalog}

    def keep(self, exchanges: Sequence[Exchange], consent: Consent) -> None:
        """Show, ask, write."""
        import msgspec

        from reconciler.emulator.recording.exchange import encoded, file_name
        from reconciler.emulator.recording.leftovers import texts_left
        from reconciler.emulator.recording.recorder import folded

        kept = folded(list(exchanges))
        if not kept:
            write("Nothing was recorded.\n")
            return
        left = texts_left(kept)
        write(f"\nEvery text in them that is no pseudonym and stands in no published definition ({len(left)}):\n")
        write("".join(f"  {escape(text)}\n" for text in left))
        if not consent.asked(f"Keep {counted(len(kept), 'exchange')} in {escape(self._folder)}?"):
            write("Nothing was kept.\n")
            return
        header = msgspec.json.format(msgspec.json.encode(self._header), indent=2).decode() + "\n"
        destination(str(self._place / HEADER)).write(header)
        for number, exchange in enumerate(kept, start=1):
            destination(str(self._place / file_name(number, exchange))).write(encoded(exchange).decode())
        write(f"Kept {counted(len(kept), 'exchange')} in {escape(self._folder)}.\n")


def read_recording(folder: str) -> tuple[list[Exchange], str | None]:
    """The exchanges of a folder, and the catalogue that they were recorded with. Raises ReconcilerError (RUN096)."""
    import msgspec

    from reconciler.emulator.recording.exchange import RecordingError, read_folder

    try:
        exchanges = read_folder(Path(folder))
        path = Path(folder) / HEADER
        header = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    except (RecordingError, OSError, msgspec.MsgspecError) as error:
        fix = "Name a folder that the recorder has written."
        raise ReconcilerError(run_diagnostic("RUN096", f"{error}.", fix=fix)) from error
    catalog = header.get("catalog") if isinstance(header, dict) else None
    return exchanges, catalog if catalog in ("current", "historic") else None


def show_findings(exchange: Exchange, findings: Sequence[Departure]) -> None:
    """Each difference as it is met, with the behaviour that it speaks against."""
    if not findings:
        return
    asked = exchange.request
    lines = [f"differs  {asked.verb} {asked.path} {exchange.answer.status}"]
    for finding in findings:
        lines += [f"  {finding}", f"    {finding.ground.source}: {finding.ground.text}"]
    write("".join(f"{escape(line)}\n" for line in lines))


def render_account(account: Account) -> str:
    """A behaviour a line: whether it holds, where it comes from, how often it was met; then what differs."""
    lines = []
    for ground, held, findings in account.rows():
        word = "differs" if findings else "holds"
        lines.append(
            f"{word:8} {ground.source:11} {ground.area}: {ground.text} ({counted(held + len(findings), 'check')})"
        )
        if held and ground.source == "assumed":
            lines.append(f"         shown by {account.shown_by[ground]}")
        for finding in findings:
            lines += [f"         {finding}", f"           {finding.request}"]
    assumed = [(ground, findings) for ground, _, findings in account.rows() if ground.source == "assumed"]
    differing = sum(bool(findings) for _, findings in assumed)
    lines += ["", f"{counted(account.exchanges, 'exchange')}, {account.compared} of them compared."]
    lines.append(
        f"Of {counted(len(assumed), 'assumption')} that they touch {len(assumed) - differing} hold "
        f"and {differing} differ; {counted(len(account.findings), 'difference')} in all."
    )
    return "".join(f"{escape(line)}\n" for line in lines)


def account_to_json(account: Account) -> str:
    """The same for programs."""
    import json

    rows: list[dict[str, Any]] = [
        {
            "area": ground.area,
            "behaviour": ground.text,
            "source": ground.source,
            "pointer": ground.pointer,
            "held": held,
            "shownBy": account.shown_by.get(ground, ""),
            "differences": [_difference(finding.check, finding.request) for finding in findings],
        }
        for ground, held, findings in account.rows()
    ]
    summary = {"exchanges": account.exchanges, "compared": account.compared, "differences": len(account.findings)}
    return json.dumps({"format_version": "1.0", **summary, "behaviours": rows}, indent=2, ensure_ascii=False) + "\n"


def _difference(check: Check, request: str) -> dict[str, Any]:
    found = {"method": check.method, "status": check.status, "aspect": check.aspect, "at": check.at}
    return {**found, "service": check.service, "emulator": check.emulator, "request": request}
