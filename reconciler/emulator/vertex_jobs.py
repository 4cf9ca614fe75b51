"""tuningJobs: get, list, cancel; create is in vertex_create.py, the life of a job in vertex_run.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import filters
from reconciler.emulator.call import MethodCall, Raw, Reply
from reconciler.emulator.errors import not_found, precondition
from reconciler.emulator.paging import listed, page_of, page_size, raw_page, read_token, rows
from reconciler.emulator.vertex_create import create
from reconciler.emulator.vertex_job_view import listed_bytes, render, render_bytes
from reconciler.emulator.vertex_run import KIND, TERMINAL, cancel

if TYPE_CHECKING:
    from reconciler.emulator.call import Handler
    from reconciler.emulator.store import Resource

Json = dict[str, Any]


def find_job(call: MethodCall) -> Resource:
    """The job of the path. Raises ApiError 404."""
    row = call.store.get(f"{call.location}/tuningJobs/{call.params['tuningJob']}")
    if row is None or row.kind != KIND or not call.is_visible(row):
        raise not_found("The TuningJob does not exist.")
    return row


def get(call: MethodCall) -> Reply:
    """One job."""
    return Raw([render_bytes(call.sim, find_job(call), is_beta=call.is_beta)])


def list_jobs(call: MethodCall) -> Reply:
    """Newest first. Without a filter the stored bytes are joined as they are."""
    size = page_size(call, call.sim.settings.page_size, call.sim.settings.max_page_size)
    text = call.argument("filter")
    if text or call.is_repeated:
        found, token = page_of(
            call,
            rows(call, KIND, call.location, after=read_token(call)),
            size,
            lambda row: render(call.sim, row, is_beta=call.is_beta),
            filters.parse(text, id_field="name"),
        )
        return listed("tuningJobs", found, token)
    return raw_page(call, KIND, size, "tuningJobs", lambda row: listed_bytes(call.sim, row, is_beta=call.is_beta))


def cancel_job(call: MethodCall) -> Reply:
    """Begin to cancel. Refused for a job that has ended (assumed: the neighbouring operations do so)."""
    row = find_job(call)
    state = row.data["doc"]["state"]
    if state in TERMINAL:
        raise precondition(f"TuningJob {row.name} is not cancellable: its state is {state}.")
    if state != "JOB_STATE_CANCELLING":
        cancel(call.sim, row)
    return {}


HANDLERS: dict[str, Handler] = {
    "vertex.tuningJobs.create": create,
    "vertex.tuningJobs.get": get,
    "vertex.tuningJobs.list": list_jobs,
    "vertex.tuningJobs.cancel": cancel_job,
}
