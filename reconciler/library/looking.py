"""What a workspace can be asked: nothing of it changes the cloud or the lock, but a gate that records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.core import exits
from reconciler.core.codes_run import run_diagnostic
from reconciler.core.diagnostics import ReconcilerError, in_order
from reconciler.core.model import Address
from reconciler.library import arguments as given
from reconciler.library.arguments import Addresses
from reconciler.library.errors import CallError, call, wrong_argument
from reconciler.library.plans import Carrying, WorkspacePlan
from reconciler.library.results import Diagnostics
from reconciler.library.sessions import Opener, permissions_in
from reconciler.session.clock import SystemClock

if TYPE_CHECKING:
    from reconciler.files.specs import Loaded
    from reconciler.library.curves import Metrics
    from reconciler.library.datasets import Datasets
    from reconciler.library.gathering import Garbage
    from reconciler.library.importing import ImportableModel
    from reconciler.library.looks import AddressHistory, GateReport, LockedEntry, Outputs, ServiceDetails, StatusTable
    from reconciler.library.pages import PromptAnswer, ReportPage
    from reconciler.library.rewards import Answers, TriedRewards
    from reconciler.session.sessions import DataSession, SpecsSession
    from reconciler.workflow.planning import Planned


class Looks:
    """The calls that look."""

    _opener: Opener
    _is_closed: bool

    @call
    def load(self) -> Loaded:
        """The specs as they are written, and what is wrong with them. Nobody is asked."""
        return self._open().loaded()

    @call
    def validate(self) -> Diagnostics:
        """Every spec, the workspace and local training data: all mistakes at once. Nobody is asked."""
        from reconciler.render.json_diagnostics import diagnostics_to_json
        from reconciler.session.data import known_data
        from reconciler.session.specs import exit_code_of

        loaded = self._open().loaded(with_policies=True)
        found = list(loaded.diagnostics)
        if loaded.desired is not None:
            try:
                found += known_data(loaded, complete=True, folder=self._opener.settings.folder).findings
            except ReconcilerError as exc:
                found += exc.diagnostics
        found = in_order(found)
        return Diagnostics(found, diagnostics_to_json(found), exit_code_of(found))

    @call
    def plan(
        self,
        *,
        targets: Addresses = (),
        replace: Addresses = (),
        exclude: Addresses = (),
        allow: str | Iterable[str] = (),
    ) -> WorkspacePlan:
        """What would make the cloud as the specs say. `allow` are permissions, like "delete": those of `--allow-…`.

        `exclude` leaves out these addresses, and the models that are tuned from them.
        """
        from reconciler.render.plan_records import MadeWithRecord
        from reconciler.workflow.reviewing import for_review

        chosen, anew = given.addresses_of(targets), given.addresses_of(replace)
        left_out = frozenset(given.addresses_of(exclude))
        if chosen and left_out:
            raise wrong_argument("Both targets and exclude.", "Give one of them: each says what the plan is about.")
        settings = self._opener.settings
        made_with = MadeWithRecord(
            files=settings.files,
            prune=settings.prune,
            targets=tuple(map(str, chosen)),
            replace=tuple(map(str, anew)),
            exclude=tuple(sorted(map(str, left_out))),
        )
        opener = self._open()

        def derive(now: DataSession, allowed: frozenset[str]) -> Planned:
            return now.plan(frozenset(chosen) or None, frozenset(anew), allowed, left_out)

        carrying = Carrying(opener.settings, opener.data("apply"), derive, given.permissions_of(allow))
        with opener.data("plan")(SystemClock()) as now:
            planned = for_review(now.world, derive(now, carrying.allowed))
            return WorkspacePlan(planned.plan, now.banner, made_with, carrying)

    @call
    def plan_destroy(
        self,
        addresses: Addresses = (),
        *,
        everything: bool = False,
        exclude: Addresses = (),
        allow: str | Iterable[str] = (),
    ) -> WorkspacePlan:
        """What would leave nothing of these addresses in the cloud, or of all that are locked (`everything`)."""
        from reconciler.render.plan_records import MadeWithRecord
        from reconciler.workflow.planning import make_destroy_plan
        from reconciler.workflow.reviewing import for_review

        chosen = frozenset(given.addresses_of(addresses))
        if bool(chosen) == everything:
            raise wrong_argument("Neither addresses nor everything.", "Name what to destroy, or say everything=True.")
        left_out = frozenset(given.addresses_of(exclude))
        settings, opener = self._opener.settings, self._open()
        made_with = MadeWithRecord(
            files=settings.files,
            prune=settings.prune,
            targets=tuple(map(str, sorted(chosen))),
            exclude=tuple(map(str, sorted(left_out))),
            destroy=True,
        )

        def derive(now: SpecsSession, allowed: frozenset[str]) -> Planned:
            return make_destroy_plan(now.world, now.declared, chosen, permissions_in(now, allowed), left_out)

        carrying = Carrying(opener.settings, opener.specs("destroy"), derive, given.permissions_of(allow))
        with carrying.opened(SystemClock()) as now:
            planned = for_review(now.world, derive(now, carrying.allowed))
            return WorkspacePlan(planned.plan, now.banner, made_with, carrying)

    @call
    def status(self, addresses: Addresses = (), *, retires_within_days: int | None = None) -> StatusTable:
        """Every training in the lock as the cloud shows it now, or those of some addresses."""
        from reconciler.library.looks import StatusTable
        from reconciler.workflow.status_rows import WARN_DAYS, of_addresses, status_of

        chosen = given.addresses_of(addresses)
        within = given.number_of("retires_within_days", retires_within_days, 0, whole=True)
        with self._open().specs("status")(SystemClock()) as now:
            if now.has_nothing_to_read:
                raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
            rows = status_of(now.world, now.readable, WARN_DAYS if within is None else int(within))
            return StatusTable(tuple(of_addresses(rows, chosen)), now.banner, tuple(now.mistakes))

    @call
    def show(self, address: Address | str) -> LockedEntry:
        """All that the lock knows of one address."""
        from reconciler.library.looks import LockedEntry
        from reconciler.workflow.show import locked_entry

        chosen = given.address_of(address)
        with self._open().lock("show")(SystemClock()) as now:
            return LockedEntry(chosen, locked_entry(now.world, chosen), now.banner)

    @call
    def details(self, address: Address | str) -> ServiceDetails:
        """What the service tells of every attempt at an address, with our count of the data that is at hand."""
        from reconciler.library.looks import ServiceDetails
        from reconciler.workflow.job_details import details_at

        chosen = given.address_of(address)
        with self._open().specs("show")(SystemClock()) as now:
            return ServiceDetails(chosen, tuple(details_at(now.world, now.readable, chosen)), now.banner)

    @call
    def request(self, address: Address | str) -> dict[str, Any]:
        """The body that was sent for the newest training, or would be sent for the first."""
        from reconciler.workflow.show import request_body

        chosen = given.address_of(address)
        with self._open().data("show")(SystemClock()) as now:
            return request_body(now.world, now.desired, chosen)

    @call
    def history(self, address: Address | str) -> AddressHistory:
        """Every attempt at an address: when what happened, by whom, why, at what cost. From the lock alone."""
        from reconciler.library.looks import AddressHistory
        from reconciler.workflow.history import history

        chosen = given.address_of(address)
        with self._open().lock("history")(SystemClock()) as now:
            return AddressHistory(history(now.world, chosen), now.banner)

    @call
    def gate(self, *, targets: Addresses = (), record: bool = False) -> GateReport:
        """Every declared model against the lock, the cloud and its own gate.

        `record` writes verdicts that are found anew into the lock, and counts each look.
        """
        from reconciler.library.looks import GateReport
        from reconciler.workflow import gate

        chosen = frozenset(given.addresses_of(targets)) or None
        with self._open().data("gate --record" if record else "gate")(SystemClock()) as now:
            if not record:
                planned = now.plan(chosen, frozenset(), frozenset())
                return GateReport(gate.gate(now.world, planned), now.banner)
            found = gate.gate_and_record(now.world, lambda: now.plan(chosen, frozenset(), frozenset()))
            return GateReport(found.result, now.banner, found.warnings)

    @call
    def output(self, addresses: Addresses = ()) -> Outputs:
        """The endpoint and model that serve at each address, from the lock alone."""
        from reconciler.library.looks import Outputs
        from reconciler.workflow.outputs import outputs_of

        chosen = given.addresses_of(addresses)
        with self._open().lock("output")(SystemClock()) as now:
            return Outputs(tuple(outputs_of(now.world.trusted_lock(), chosen)))

    @call
    def metrics(self, addresses: Addresses, *, attempt: int | str | None = None, all_attempts: bool = False) -> Metrics:
        """Training curves: of the newest attempt of each address, of one attempt, or of all of them."""
        from reconciler.library.curves import Metrics
        from reconciler.workflow import metrics

        chosen, number = given.addresses_of(addresses), given.attempt_of(attempt)
        if not chosen:
            raise wrong_argument("There is no address to show metrics of.", "Name one, or several.")
        if number and (all_attempts or len(chosen) > 1):
            raise wrong_argument("An attempt is of one address.", "Leave out all_attempts, or name one address.")
        with self._open().lock("metrics")(SystemClock()) as now:
            return Metrics(tuple(metrics.metrics(now.world, metrics.Chosen(chosen, number, all_attempts))))

    @call
    def prompt(
        self,
        address: Address | str,
        text: str,
        *,
        attempt: int | str | None = None,
        checkpoint: str = "",
        system: str = "",
        thinking: str | int | None = None,
        max_output_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: float | None = None,
        seed: int | None = None,
        response_schema: Mapping[str, object] | None = None,
        response_mime_type: str = "",
        on_piece: Callable[[str], object] | None = None,
    ) -> PromptAnswer:
        """What the model answers that serves, or another attempt, or a checkpoint of either.

        `on_piece` gets the answer as it streams in. What the base model ignores of the settings is in `warnings`.
        """
        from reconciler.library.pages import PromptAnswer
        from reconciler.workflow import prompt

        asked = prompt.AskedModel(
            given.address_of(address), given.attempt_of(attempt), given.text_of("checkpoint", checkpoint)
        )
        question = given.text_of("text", text)
        settings = given.settings_of(
            system, thinking, max_output_tokens, temperature, top_p, top_k, seed, response_schema, response_mime_type
        )
        with self._open().lock("prompt")(SystemClock()) as now:
            training = prompt.asked_training(now.world, asked)
            warnings = prompt.remarks(now.world, asked, training, settings)
            pieces = []
            for piece in prompt.answer(now.world, asked, training, question, settings):
                pieces.append(piece)
                if on_piece is not None:
                    on_piece(piece)
            return PromptAnswer("".join(pieces), tuple(warnings))

    @call
    def reward(self, address: Address | str, answers: Answers = (), *, example: int | None = None) -> TriedRewards:
        """What answers are rewarded with by a spec of reinforcement tuning; without any, its own samples are tried.

        Nothing is trained. `example` is that of the training data which they answer, from 1, where they name none.
        """
        from reconciler.library.rewards import TriedRewards, answers_of
        from reconciler.workflow.rewards import rewarding_spec, try_answers

        chosen, number = given.address_of(address), given.number_of("example", example, 1, whole=True)
        samples = answers_of(answers, int(number or 1))
        if number is not None and not samples:
            raise wrong_argument(f"example is {example!r}.", "Give answers to it: samples of a spec name their own.")
        with self._open().specs("reward")(SystemClock()) as now:
            if now.has_nothing_to_read:
                raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
            declared = rewarding_spec(now.readable, now.mistakes, chosen)
            return TriedRewards(chosen, tuple(try_answers(now.world, declared, samples)), now.banner)

    @call
    def report(self, *, only: Addresses = (), with_curves: bool = True) -> ReportPage:
        """Everything that is known of the workspace, as the text of one HTML file that needs nothing else.

        What could not be read is named in it, and all the rest is there. `only` are the addresses that it is about;
        without `with_curves` no service is asked for curves.
        """
        from reconciler.library.pages import ReportPage
        from reconciler.render.html.page import render_report
        from reconciler.workflow.report import Wanted, gather_report

        wanted = Wanted(frozenset(given.addresses_of(only)), with_curves)
        with self._open().data("report")(SystemClock()) as now:
            if now.has_nothing_to_read:
                raise ReconcilerError(*now.mistakes, exit_code=exits.USAGE)
            gathered = gather_report(
                now.world, now.banner, now.readable, lambda: now.plan(None, frozenset(), frozenset()), wanted
            )
            return ReportPage(render_report(gathered.report), gathered.report.trouble, gathered.exit_code)

    @call
    def doctor(self) -> Diagnostics:
        """What specs, lock and cloud do not agree on, each with the one command that mends it."""
        from reconciler.core.diagnostics import Severity
        from reconciler.render.json_diagnostics import diagnostics_to_json
        from reconciler.workflow.doctor import examine, has_journal

        with self._open().data("doctor")(SystemClock()) as now:
            found = examine(now.world, now.desired, has_journal=has_journal(now.world.workspace.lock))
            is_wrong = any(d.severity is not Severity.NOTE for d in found)
            return Diagnostics(found, diagnostics_to_json(found, now.banner), exits.FAILED if is_wrong else exits.OK)

    @call
    def gc(
        self, *, older_than_days: float | None = None, keep_last: int | None = None, allow: str | Iterable[str] = ()
    ) -> Garbage:
        """What nobody needs any more: orphans, failed leftovers, superseded models, uploads. `dispose` makes it go."""
        from reconciler.library.gathering import proposed_garbage

        days = given.number_of("older_than_days", older_than_days, 0)
        last = given.number_of("keep_last", keep_last, 0, whole=True)
        return proposed_garbage(
            self._open().data("gc"), days, None if last is None else int(last), given.permissions_of(allow)
        )

    @call
    def importable(self) -> tuple[ImportableModel, ...]:
        """What `import_model` could take in: alive, not ours or in no lock, each with an address that is free."""
        from reconciler.library.importing import importable

        with self._open().specs("import")(SystemClock()) as now:
            return importable(now)

    @property
    def datasets(self) -> Datasets:
        """Training data before money is spent on it: check, stats, convert, split."""
        from reconciler.library.datasets import Datasets

        return Datasets(self._open())

    def _open(self) -> Opener:
        if self._is_closed:
            raise CallError(run_diagnostic("RUN089", "close() was called.", fix="Make another Workspace(…)."))
        return self._opener
