"""One entry of the lock in every form: what `show` and `state show` print of it."""

from __future__ import annotations

import json
import sys

from reconciler.cli.console import document_in, style_for, write
from reconciler.core.lock import Entry
from reconciler.core.model import Address
from reconciler.session.sessions import LockSession


def write_entry(address: Address, entry: Entry, form: str, now: LockSession) -> None:
    """All that the lock knows of the address: a document for programs has the lock's own names."""
    if form in ("json", "yaml"):
        from reconciler.files.lock_json import entry_to_json

        document = {**entry_to_json(entry), "format_version": "1.0", "address": str(address)}
        write(document_in(form, json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"))
        return
    from reconciler.render.terminal.show import render_entry

    write(render_entry(address, entry, now.banner, style_for(sys.stdout)))
