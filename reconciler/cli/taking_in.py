"""How `tuneform import` takes in one model, all that there are, or those of a list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.cli.approval import previewed_plan
from reconciler.cli.command_line import command_line
from reconciler.cli.consent import agreed, is_anybody_there
from reconciler.cli.console import style_for, write
from reconciler.cli.destinations import destination
from reconciler.cli.progress import Show, follow
from reconciler.cli.refusals import show_refusals
from reconciler.cli.run_plan import in_form, permissions
from reconciler.cli.sessions import settings_here
from reconciler.core import exits
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.dialects import DIALECTS
from reconciler.core.model import Address, Declared, LiveTraining
from reconciler.core.plurals import counted
from reconciler.core.suggest import SuggestedCommand, suggest
from reconciler.files.imported import imported_spec
from reconciler.session.imported import declared_alone
from reconciler.session.sessions import LockSession, SpecsSession
from reconciler.workflow import importing as work
from reconciler.workflow.apply import apply_changes
from reconciler.workflow.finding import Pasted, backend_of, find, find_all
from reconciler.workflow.planning import Planned


@dataclass(frozen=True, slots=True)
class How:
    """What the options say. `out` is a file for one spec, and a folder for those of several."""

    out: str | None
    yes: bool
    dry_run: bool
    write_only: bool


def one(now: SpecsSession, address: Address, resource: str, how: How) -> int:
    """What is named on the command line."""
    live = find(now.world, address, resource)
    if how.dry_run:
        return _dry(now, address, live)
    path = places([address], None)[0] if how.out is None else how.out
    if how.write_only:
        return write_all(now, [(address, live, path)])
    return _take_in(now, address, live, path, yes=how.yes)


def everything(now: SpecsSession, filters: Sequence[str], how: How) -> int:
    """What nobody has yet, as far as the filters take it."""
    conditions = work.conditions_of(filters)
    found = work.candidates(now.world, now.declared, now.world.trusted_lock(), conditions)
    words = [word for text in filters for word in ("--filter", text)]
    nothing = "Nothing to import: every tuned model here is declared or in the lock."
    if filters:
        nothing = "Nothing to import: what the filters take is declared or in the lock, or there is none."
    return _many(now, found, how, ("--all", *words), nothing)


def listed(now: SpecsSession, path: str, how: How) -> int:
    """What a list names. What is declared or locked already is passed over, so that it can be gone through again."""
    from reconciler.files.import_list import read_import_list

    entries = read_import_list(path)
    # Whose service it is decides how it is looked for; the address that it gets may still have to be made.
    wanted = [Pasted(e.address or _some_address(now, e.resource), e.resource) for e in entries]
    found = find_all(now.world, wanted)
    asked = [work.ToTakeIn(live, entry.address) for live, entry in zip(found, entries, strict=True)]
    new, known = work.candidates_of(now.world, now.declared, now.world.trusted_lock(), asked)
    if known:
        sys.stderr.write(f"{counted(known, 'entry', 'entries')} of the list declared or in the lock already.\n")
    return _many(now, new, how, ("--from", path), "Nothing to import: all of the list is declared or in the lock.")


def _some_address(now: SpecsSession, resource: str) -> Address:
    """Of the only service that has such names; it stands for the one that is made when the training is known."""
    return Address(backend_of(now.world, resource) or next(iter(DIALECTS)), "unnamed")


def _many(now: SpecsSession, found: Sequence[work.Candidate], how: How, words: Sequence[str], nothing: str) -> int:
    from reconciler.render.terminal.importable import render_candidates

    wanted = [c for c in found if not c.is_forgotten]
    addresses = [c.address for c in wanted]
    if how.write_only and not how.dry_run:
        return write_all(now, [(c.address, c.live, p) for c, p in zip(wanted, places(addresses, how.out), strict=True)])
    if how.dry_run or not how.yes:
        write(render_candidates(found, now.banner, style_for(sys.stdout), _whole(words, how), nothing=nothing))
        # Elsewhere it is a list, for scripts too.
        asks = not how.dry_run and wanted and is_anybody_there()
        if not (asks and agreed("Import all but the forgotten?", now, yes=False)):
            return exits.OK
    codes = [_one_of_all(now, c, p) for c, p in zip(wanted, places(addresses, how.out), strict=True)]
    write("" if codes else "Nothing to import.\n")
    return exits.FAILED if exits.FAILED in codes else max(codes, default=exits.OK)


def _whole(words: Sequence[str], how: How) -> SuggestedCommand:
    out = ("--out", how.out) if how.out else ()
    return suggest("import", *words, *out, "--write-only" if how.write_only else "--yes")


def _one_of_all(now: SpecsSession, candidate: work.Candidate, path: str) -> int:
    """One that cannot be imported keeps no other from it."""
    from reconciler.cli.failures import show

    try:
        return _take_in(now, candidate.address, candidate.live, path, yes=True)
    except ReconcilerError as exc:
        show(list(exc.diagnostics))
        return exits.FAILED


def write_all(
    now: LockSession, specs: Sequence[tuple[Address, LiveTraining, str]], *, say: Callable[[str], object] = write
) -> int:
    """The specs alone: neither the lock nor the cloud is touched. What cannot be declared keeps no other from it.

    `say` is told what was written: on stderr where standard output has a document.
    """
    from reconciler.cli.failures import show

    code = exits.OK
    for address, live, path in specs:
        try:
            work.refuse_undeclarable(address, live)
            place = destination(path, fix="Name another place with --out.")
            place.write(imported_spec(live, address.name, now.world.workspace))
        except ReconcilerError as exc:
            show(list(exc.diagnostics))
            code = exits.FAILED
        else:
            say(f"Written: {path}\n")
    if not specs:
        say("Nothing to import.\n")
    elif code == exits.OK:
        from reconciler.render.commands import shell_line

        say(f"Nothing was taken in. See what apply would: {shell_line(suggest('plan'))}\n")
    return code


def _take_in(now: SpecsSession, address: Address, live: LiveTraining, path: str, *, yes: bool) -> int:
    """Write the spec, adopt what it names, and take the file back where that fails or is not wanted."""
    work.refuse_undeclarable(address, live)
    place = destination(path, fix="Name another file with --out.")
    place.write(imported_spec(live, address.name, now.world.workspace))
    try:
        return _adopt(now, _declared(path, address), yes=yes)
    finally:
        if now.world.store.read().entry(address) is None:
            place.remove()


def places(addresses: Sequence[Address], out: str | None) -> list[str]:
    """`NAME.yaml` each; where that is there already, or two have one name, with the service in it."""
    if not addresses:
        return []
    folder = Path(out) if out is not None else _own_folder()
    if folder.suffix in (".yaml", ".yml"):
        raise click.UsageError("--out names the folder for the specs of several, and no file.")
    chosen: list[str] = []
    for address in addresses:
        plain, longer = (str(folder / f"{name}.yaml") for name in (address.name, f"{address.name}-{address.backend}"))
        is_taken = plain in chosen or (len(addresses) > 1 and Path(plain).exists())
        chosen.append(longer if is_taken else plain)
    return chosen


def _own_folder() -> Path:
    from reconciler.files.settings_file import home_of_new_specs

    home = home_of_new_specs(Path(), command_line().workspace)
    if home is None:
        raise click.UsageError("This workspace is not made of a folder of specs: name what to write with --out.")
    return home


def _dry(now: SpecsSession, address: Address, live: LiveTraining) -> int:
    """The plan and the spec, which is read as from a file that is piped in."""
    work.refuse_undeclarable(address, live)
    text = imported_spec(live, address.name, now.world.workspace)
    planned = work.plan_import(now.world, _declared("-", address, text), permissions(now))
    code = previewed_plan(planned, "text", now)
    write(f"\n{text}")
    return code


def _adopt(now: SpecsSession, declared: Declared, *, yes: bool) -> int:
    planned = work.plan_import(now.world, declared, permissions(now))
    write(in_form("text", planned.plan, now))
    if planned.refusals:
        show_refusals(planned.refusals)
        return exits.REFUSED
    if not agreed(f"Import it, and write {declared.where.path}?", now, yes=yes):
        return exits.FAILED

    def again() -> Planned:
        return work.plan_import(now.world, declared, permissions(now))

    until = now.wait(no_wait=True)
    events = apply_changes(now.world, again, until, checksum=planned.plan.checksum, declares=False)
    code = follow(events, Show("text", now.banner, command_line().verbose), now)
    write(f"Written: {declared.where.path}\n")
    return code


def _declared(path: str, address: Address, text: str | None = None) -> Declared:
    return declared_alone(settings_here(), path, address, text)
