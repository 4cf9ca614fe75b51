"""prompt: ask what serves at an address."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.backends.base import BackendError, PromptOptions
from reconciler.core.diagnostics import ReconcilerError
from reconciler.core.model import Address
from reconciler.workflow.no_model import no_model
from reconciler.workflow.world import World


def prompt(world: World, address: Address, text: str, options: PromptOptions) -> Iterator[str]:
    """The answer of what serves at an address, as it streams in."""
    entry = world.trusted_lock().entry(address)
    serving = entry.serving if entry else None
    if serving is None:
        raise no_model(address, entry)
    try:
        yield from world.backends[address.backend].generate(serving[1], text, options)
    except BackendError as exc:
        raise ReconcilerError(exc.diagnostic) from exc
