"""tuningJobs: get, list, cancel; create is in vertex_create.py, the life of a job in vertex_run.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import filters
from reconciler.emulator.call import Answer, Call, Raw
from reconciler.emulator.errors import not_found, precondition
from reconciler.emulator.paging import listed, make_token, page_of, page_size, read_token, rows
from reconciler.emulator.vertex_create import create
from reconciler.emulator.vertex_run import KIND, LIVE, TERMINAL, cancel, render, render_bytes

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler
    from reconciler.emulator.store import Row

Json = dict[str, Any]


def find_job(call: Call) -> Row:
    """The job of the path. Raises ApiError 404."""
    row = call.store.get(f"{call.location}/tuningJobs/{call.params['tuningJob']}")
    if row is None or row.kind != KIND or not call.is_visible(row):
        raise not_found("The TuningJob does not exist.")
    return row


def get(call: Call) -> Answer:
    """One job."""
    return Raw(render_bytes(call.world, find_job(call), is_beta=call.is_beta))


def list_jobs(call: Call) -> Answer:
    """Newest first. Without a filter the stored bytes are joined as they are."""
    size = page_size(call, call.world.settings.page_size, call.world.settings.max_page_size)
    after, text = read_token(call), call.argument("filter")
    if text or call.is_repeated:
        found, token = page_of(
            call,
            rows(call, KIND, call.location, after=after),
            size,
            lambda row: render(call.world, row, is_beta=call.is_beta),
            filters.parse(text, id_field="name"),
        )
        return listed("tuningJobs", found, token)
    raw = call.store.bodies(KIND, call.location, after, size + 1, call.until)
    bodies = [_body(call, seq, body, beta) for seq, _, body, beta in raw[:size]]
    token = make_token(call, raw[size - 1][0]) if len(raw) > size else ""
    return Raw(_joined(bodies, token))


def _body(call: Call, seq: int, body: bytes, beta: bytes | None) -> bytes:
    if not call.is_beta or not beta:
        return body
    if beta == LIVE:
        row = call.store.by_seq(seq)
        assert row is not None
        return render_bytes(call.world, row, is_beta=True)
    return body[:-1] + beta + b"}"


def _joined(bodies: list[bytes], token: str) -> bytes:
    parts = [b'"tuningJobs":[' + b",".join(bodies) + b"]"] if bodies else []
    if token:
        parts.append(b'"nextPageToken":"' + token.encode() + b'"')
    return b"{" + b",".join(parts) + b"}"


def cancel_job(call: Call) -> Answer:
    """Begin to cancel. Refused for a job that has ended (assumed: the neighbouring operations do so)."""
    row = find_job(call)
    state = row.data["doc"]["state"]
    if state in TERMINAL:
        raise precondition(f"TuningJob {row.name} is not cancellable: its state is {state}.")
    if state != "JOB_STATE_CANCELLING":
        cancel(call.world, row)
    return {}


HANDLERS: dict[str, Handler] = {
    "vertex.tuningJobs.create": create,
    "vertex.tuningJobs.get": get,
    "vertex.tuningJobs.list": list_jobs,
    "vertex.tuningJobs.cancel": cancel_job,
}
