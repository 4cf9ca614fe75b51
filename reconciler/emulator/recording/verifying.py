"""What recordings say of the emulator's behaviours: which hold, which differ, and by what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.emulator.provenance import BEHAVIOURS, Behaviour
from reconciler.emulator.recording.checks import Check
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.grounds import ground_of
from reconciler.emulator.recording.twin import Twin


@dataclass(frozen=True, slots=True)
class Departure:
    """One difference, with the behaviour that it speaks against and the exchange in which it was met first."""

    check: Check
    ground: Behaviour
    request: str

    def __str__(self) -> str:
        at = f" {self.check.at}" if self.check.at else ""
        return f"{self.check.aspect}{at}: {self.check.evidence}"


@dataclass(slots=True)
class Account:
    """What was found so far, by behaviour."""

    held: dict[Behaviour, int] = field(default_factory=dict)
    shown_by: dict[Behaviour, str] = field(default_factory=dict)
    """Of what held, the first exchange that showed it, and where."""
    findings: list[Departure] = field(default_factory=list)
    compared: int = 0
    exchanges: int = 0

    def add(self, exchange: Exchange, checks: list[Check]) -> list[Departure]:
        """Those of one exchange; answers the differences that were not met before."""
        self.exchanges += 1
        self.compared += bool(checks)
        known = {finding.check for finding in self.findings}
        new = []
        for check in checks:
            ground = ground_of(check)
            if check.holds:
                self.held[ground] = self.held.get(ground, 0) + 1
                self.shown_by.setdefault(ground, _evidence(exchange, check))
            elif check not in known:
                known.add(check)
                new.append(Departure(check, ground, f"{exchange.request.verb} {exchange.request.path}"))
        self.findings += new
        return new

    def rows(self) -> list[tuple[Behaviour, int, list[Departure]]]:
        """Every behaviour that was met, in the order of the emulator's page: how often it held, and what differed."""
        differing: dict[Behaviour, list[Departure]] = {}
        for finding in self.findings:
            differing.setdefault(finding.ground, []).append(finding)
        met = [b for b in BEHAVIOURS if b in self.held or b in differing]
        return [(b, self.held.get(b, 0), differing.get(b, [])) for b in met]


def _evidence(exchange: Exchange, check: Check) -> str:
    asked = exchange.request
    query = f"?{'&'.join(asked.query)}" if asked.query else ""
    about = check.aspect.removeprefix("missing ").removeprefix("additional ")
    return f"{asked.verb} {asked.path}{query} {check.status}: {f'{about} {check.at}'.strip()}"


def replayed(exchanges: Iterable[Exchange], *, catalog: str | None) -> Account:
    """A recording held against a new emulator; needs nobody."""
    twin, account = Twin(catalog=catalog), Account()
    try:
        for exchange in exchanges:
            account.add(exchange, twin.observe(exchange))
    finally:
        twin.close()
    return account
