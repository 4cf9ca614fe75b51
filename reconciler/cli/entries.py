"""One entry of the lock in every form: what `show` and `state show` print of it."""

from __future__ import annotations

import sys

from reconciler.cli.console import document_in, style_for, write
from reconciler.core.lock import Entry
from reconciler.core.model import Address
from reconciler.session.sessions import LockSession


def write_entry(address: Address, entry: Entry, form: str, now: LockSession) -> None:
    """All that the lock knows of the address: a document for programs has the lock's own names."""
    if form in ("json", "yaml"):
        from reconciler.files.lock_json import entry_document

        write(document_in(form, entry_document(address, entry)))
        return
    from reconciler.render.terminal.show import render_entry

    write(render_entry(address, entry, now.banner, style_for(sys.stdout)))
