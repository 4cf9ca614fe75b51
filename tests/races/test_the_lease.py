"""The lock in Cloud Storage: who holds it, how that ends, and what a run does that lost it without noticing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.backends.base import StoredObject
from reconciler.core.diagnostics import Diagnostic, ReconcilerError
from reconciler.core.events import Intended
from reconciler.core.model import Address, Desired, Identity
from reconciler.files.bucket_lock import BACKUP_SUFFIX, LEASE_SUFFIX, BucketLock
from reconciler.files.lease import LEASE_S
from reconciler.session.clock import Interrupted
from reconciler.workflow.garbage import FoundGarbage, delete_uploads
from tests.fakes.clock import START, FakeClock, rfc3339
from tests.fakes.crash import Effects
from tests.fakes.specs import STAGING, a_file, a_spec, submitted
from tests.fakes.stage import NO_WAIT
from tests.races.bucket import URI, Beats, Bucket, SharedStage, Wire


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def _refusal(act: Callable[[], object]) -> Diagnostic:
    with pytest.raises(ReconcilerError) as caught:
        act()
    (told,) = caught.value.diagnostics
    return told


def _hold(store: BucketLock) -> None:
    with store.hold():
        pass


def _record(store: BucketLock, attempt: str = "1") -> None:
    store.record(Intended(Address.parse("vertex/router"), attempt, submitted(a_spec()), rfc3339(START)))


# Who holds it


def test_whoever_cannot_have_it_is_told_the_holders_id_and_since_when(bucket: Bucket) -> None:
    bucket.killed("apply")

    told = _refusal(lambda: _hold(bucket.machine()))

    assert bucket.lease is not None
    assert (told.code, told.where and told.where.path) == ("LOCK006", URI)
    assert told.detail.startswith(f"{bucket.lease.holder} (process {bucket.lease.pid} on {bucket.lease.host}, apply) ")
    assert told.detail.endswith("has held it since 2026-09-21T14:13:20+00:00.")
    assert "tuneform lock unlock" in told.fix


def test_a_killed_run_blocks_nobody_for_longer_than_its_lease(bucket: Bucket) -> None:
    bucket.killed()

    _hold(bucket.machine(patience_s=LEASE_S + 10))

    assert LEASE_S <= bucket.clock.now() - START <= LEASE_S + 2


def test_a_killed_run_whose_clock_was_a_year_ahead_blocks_nobody_for_longer_either(bucket: Bucket) -> None:
    bucket.killed(clock=FakeClock(START + 365 * 86400))

    _hold(bucket.machine(patience_s=LEASE_S + 10))

    assert LEASE_S <= bucket.clock.now() - START <= LEASE_S + 2


def test_a_heartbeat_keeps_it_for_as_long_as_its_holder_lives(bucket: Bucket) -> None:
    clock = Beats(bucket.clock)
    alive = bucket.machine(wire=Wire(bucket.objects, after=lambda _uri, _data: clock.beat.set()), renew_s=0.005)

    with alive.hold():
        other = BucketLock(URI, Wire(bucket.objects), clock, patience_s=3 * LEASE_S)
        told = _refusal(lambda: _hold(other))
        alive.confirm()

    assert told.code == "LOCK006"
    assert bucket.clock.now() - START >= 3 * LEASE_S
    assert bucket.lease is None


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"holder": "x", "host": "h", "pid": 1, "purpose": "", "since": 0, "expires": "1h"}'],
)
def test_a_lease_that_is_none_is_nobodys(bucket: Bucket, content: bytes) -> None:
    bucket.put(content, LEASE_SUFFIX)

    _hold(bucket.machine())

    assert bucket.clock.now() == START


def test_a_holder_that_says_impossible_times_is_told_all_the_same(bucket: Bucket) -> None:
    lease = {"holder": "x", "host": "h", "pid": 1, "purpose": "plan", "since": 1e300, "expires": START + 30}
    bucket.put(json.dumps(lease).encode(), LEASE_SUFFIX)

    told = _refusal(lambda: _hold(bucket.machine()))

    assert told.detail == "x (process 1 on h, plan) has held it since a time that is none."


# How it is lost


def _slept(bucket: Bucket) -> None:
    bucket.clock.time += 3600


def _taken_over(bucket: Bucket) -> None:
    _slept(bucket)
    bucket.killed("the other one")


def _taken_over_and_let_go(bucket: Bucket) -> None:
    _slept(bucket)
    _hold(bucket.machine())


def _unlocked(bucket: Bucket) -> None:
    assert bucket.lease is not None
    bucket.machine().unlock(bucket.lease.holder)
    _slept(bucket)


@pytest.mark.parametrize("happens", [_taken_over, _taken_over_and_let_go, _unlocked])
def test_a_holder_that_slept_while_another_took_it_changes_nothing_any_more(
    bucket: Bucket, happens: Callable[[Bucket], None]
) -> None:
    asleep = bucket.machine()

    with asleep.hold():
        happens(bucket)
        told = _refusal(asleep.confirm)
        written = _refusal(lambda: _record(asleep))

    assert (told.code, written.code) == ("LOCK009", "LOCK009")
    assert bucket.content() == b""


def test_letting_go_of_what_another_took_over_leaves_it_to_the_other(bucket: Bucket) -> None:
    asleep = bucket.machine()
    with asleep.hold():
        _taken_over(bucket)
        lease = bucket.lease

    assert lease is not None
    assert bucket.lease == lease


def test_a_holder_that_slept_while_nobody_came_renews_it_and_goes_on(bucket: Bucket) -> None:
    asleep = bucket.machine()

    with asleep.hold():
        _slept(bucket)
        asleep.confirm()
        _record(asleep)
        lease = bucket.lease

    assert lease is not None
    assert lease.expires == bucket.clock.now() + LEASE_S
    assert b"vertex/router" in bucket.content()


def test_a_clock_that_was_set_back_is_no_reason_to_believe_that_nothing_has_passed(bucket: Bucket) -> None:
    clock = FakeClock()
    asleep = bucket.machine(clock=clock)

    with asleep.hold():
        _taken_over(bucket)
        clock.time -= 3600
        told = _refusal(asleep.confirm)

    assert told.code == "LOCK009"


def test_a_fresh_lease_is_believed_without_asking(bucket: Bucket) -> None:
    asked: list[str] = []
    holder = bucket.machine(wire=Wire(bucket.objects, before=lambda uri, _data: asked.append(uri)))

    with holder.hold():
        asked.clear()
        holder.confirm()

    assert asked == []


def test_a_renewal_whose_answer_was_lost_is_not_taken_for_somebody_elses(bucket: Bucket) -> None:
    wire = Wire(bucket.objects)
    holder = bucket.machine(wire=wire)

    def lose_answer(_uri: str, _data: bytes) -> None:
        wire.after = lambda _uri, _data: None
        raise OSError("the answer was lost")

    with holder.hold():
        _slept(bucket)
        wire.after = lose_answer
        with pytest.raises(OSError, match="lost"):
            holder.confirm()
        bucket.clock.time += 1
        holder.confirm()
        _record(holder)

    assert b"vertex/router" in bucket.content()


def test_what_went_wrong_under_the_lease_is_told_even_where_it_cannot_be_let_go(bucket: Bucket) -> None:
    def cut_off(_uri: str) -> None:
        raise OSError("no network")

    holder = bucket.machine(wire=Wire(bucket.objects, on_delete=cut_off))

    with pytest.raises(KeyError), holder.hold():
        raise KeyError("what went wrong")

    assert bucket.lease is not None


def test_a_run_that_did_everything_says_so_where_it_cannot_let_the_lease_go(bucket: Bucket) -> None:
    """The next run would wait a minute for nobody, and the permission that is missing is missing every time."""

    def forbidden(_uri: str) -> None:
        raise PermissionError("storage.objects.delete")

    holder = bucket.machine(wire=Wire(bucket.objects, on_delete=forbidden))

    with pytest.raises(PermissionError):
        _hold(holder)


@pytest.mark.parametrize("error", [OSError("no network"), Interrupted(130)], ids=["network", "signal"])
def test_a_heartbeat_that_fails_once_beats_on(bucket: Bucket, error: BaseException) -> None:
    beats: list[bytes] = []
    enough = threading.Event()

    def trouble(_uri: str, data: bytes) -> None:
        beats.append(data)
        if len(beats) == 2:
            raise error
        if len(beats) > 3:
            enough.set()

    with bucket.machine(wire=Wire(bucket.objects, before=trouble), renew_s=0.005).hold():
        assert enough.wait(20)


# Compare and set


def test_a_lock_that_somebody_wrote_without_holding_it_is_not_overwritten(bucket: Bucket) -> None:
    holder = bucket.machine()

    with holder.hold():
        _record(holder)
        bucket.put(b'{"theirs": true}')
        told = _refusal(lambda: _record(holder, "2"))

    assert told.code == "LOCK009"
    assert bucket.content() == b'{"theirs": true}'


def _machine_that_hears_no_first_answer(bucket: Bucket) -> BucketLock:
    errors = [ConnectionError("reset")]

    def lost(uri: str, _data: bytes) -> None:
        if uri == URI and errors:
            raise errors.pop()

    return bucket.machine(wire=Wire(bucket.objects, after=lost))


def test_a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses(bucket: Bucket) -> None:
    holder = _machine_that_hears_no_first_answer(bucket)

    with holder.hold():
        with pytest.raises(ConnectionError):
            _record(holder)
        _record(holder, "2")

    assert b'"2"' in bucket.content()


def test_a_write_of_another_run_after_a_lost_answer_is_not_overwritten(bucket: Bucket) -> None:
    holder = _machine_that_hears_no_first_answer(bucket)

    with holder.hold():
        with pytest.raises(ConnectionError):
            _record(holder)
        bucket.put(b"{}")
        told = _refusal(lambda: _record(holder, "2"))

    assert told.code == "LOCK009"
    assert bucket.content() == b"{}"


def test_the_version_before_a_run_is_kept_beside_the_lock(bucket: Bucket) -> None:
    with (first := bucket.machine()).hold():
        _record(first)
    before = bucket.content()

    second = bucket.machine()
    for attempt in ("2", "3", "4"):  # a run that waits holds it many times
        with second.hold():
            _record(second, attempt)

    assert bucket.content(BACKUP_SUFFIX) == before


def test_a_lock_that_cannot_be_read_is_asked_for_again_or_had_from_its_backup(bucket: Bucket) -> None:
    bucket.put(b'{"version": 1, "entr', "")

    told = _refusal(bucket.machine().read)

    assert told.code == "LOCK001"
    assert told.fix.startswith(f"Run the command again. If that changes nothing, copy {URI}.backup over it")


def test_the_version_of_another_run_in_between_is_kept_too(bucket: Bucket) -> None:
    one, other = bucket.machine(), bucket.machine()
    for store, attempt in ((one, "1"), (other, "2")):
        with store.hold():
            _record(store, attempt)
    theirs = bucket.content()

    with one.hold():
        _record(one, "3")

    assert bucket.content(BACKUP_SUFFIX) == theirs


# Taking it away


def test_unlock_takes_it_from_the_named_holder_and_from_no_other(bucket: Bucket) -> None:
    bucket.killed("apply")
    assert bucket.lease is not None
    holder = bucket.lease.holder

    told = _refusal(lambda: bucket.machine().unlock("0123456789ab"))
    taken = bucket.machine().unlock(holder)
    _hold(bucket.machine())

    assert told.code == "LOCK010"
    assert holder in told.detail
    assert (taken.holder, taken.purpose) == (holder, "apply")
    assert bucket.clock.now() == START


def test_unlock_of_what_nobody_holds_says_so(bucket: Bucket) -> None:
    assert _refusal(lambda: bucket.machine().unlock("0123456789ab")).detail == "Nobody holds it."


# A whole run that loses it


def _sleeps(
    bucket: Bucket,
    stage: SharedStage,
    after: bytes,
    suffix: str = "",
) -> None:
    """The machine sleeps for an hour once it has written this into the lock (and, by `suffix`, taken it anew).

    Another machine takes the lock meanwhile, and lets it go.
    """
    said: list[str] = []

    def sleep(uri: str, data: bytes) -> None:
        if uri == URI and after in data:
            said.append(uri)
        if said and uri == URI + suffix:
            wire.after = lambda _uri, _data: None
            _taken_over_and_let_go(bucket)

    wire = stage.wire = Wire(bucket.objects, after=sleep)


def test_a_run_that_slept_between_its_intent_and_its_request_announces_it_anew(bucket: Bucket, tmp_path: Path) -> None:
    stage = SharedStage.on(bucket, tmp_path, a_spec())
    _sleeps(bucket, stage, b"INTENDED")

    outcome = stage.apply()

    assert (outcome.codes, len(outcome.of(Intended)), stage.cloud.jobs_made) == ([], 2, 1)


def test_a_run_that_slept_before_it_cancels_does_not_cancel_what_another_one_waits_for(
    bucket: Bucket, tmp_path: Path
) -> None:
    stage = SharedStage.on(bucket, tmp_path, a_spec())
    stage.cloud.duration_s = 86400
    stage.apply(NO_WAIT)
    other = _beside(stage)
    stage.specs = [a_spec(epochs=9)]

    stage.apply(effects=_Sleeps(label="after poll", stage=stage, meanwhile=lambda: other.apply(NO_WAIT)))

    assert (stage.cloud.calls("cancel"), stage.cloud.jobs_made) == ([], 1)


def test_a_run_that_slept_before_it_patches_does_not_patch_what_was_taken_back(bucket: Bucket, tmp_path: Path) -> None:
    stage = SharedStage.on(bucket, tmp_path, a_spec())
    stage.apply()
    other = _beside(stage)
    stage.specs = [a_spec(labels={"team": "support"})]

    stage.apply(effects=_Sleeps(label="after poll", stage=stage, meanwhile=other.apply))

    assert stage.cloud.calls("update") == []


@dataclass(slots=True)
class _Sleeps(Effects):
    """The machine sleeps for an hour at the first such boundary, and another one acts meanwhile."""

    label: str = field(kw_only=True)
    stage: SharedStage = field(kw_only=True)
    meanwhile: Callable[[], object] = field(kw_only=True)

    def boundary(self, label: str) -> None:
        Effects.boundary(self, label)
        if label == self.label and self.seen.count(label) == 1:
            self.stage.clock.time += 3600.0
            self.meanwhile()


def _beside(stage: SharedStage) -> SharedStage:
    """Another machine with the specs as they are now."""
    other = SharedStage.on(stage.bucket, stage.folder, *stage.specs)
    other.cloud = stage.cloud
    return other


def test_a_run_that_slept_before_it_deletes_deletes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    stage = SharedStage.on(bucket, tmp_path, a_spec())
    stage.apply()
    stage.specs = []
    _sleeps(bucket, stage, b'"action": "delete"', LEASE_SUFFIX)

    outcome = stage.apply()

    assert outcome.codes == ["LOCK009"]
    assert stage.cloud.calls("dispose") == []


def test_a_run_that_looked_for_long_deletes_no_upload_that_another_one_needs_by_now(
    bucket: Bucket, tmp_path: Path
) -> None:
    stage = SharedStage.on(bucket, tmp_path, a_spec(data=a_file("one")))
    world, planned = stage.world(), stage.planned()
    (record,) = (r for c in planned.plan.changes if c.submission for r in c.submission.data if r.sent_uri)
    stored = StoredObject(record.sent_uri, 10, rfc3339(START), "1")
    swept = FoundGarbage((), (stored,), replace(planned, desired=Desired({})))

    def looked_for_long() -> FoundGarbage:
        stage.apply(NO_WAIT)
        return swept

    gone = list(delete_uploads(world, looked_for_long, swept))

    assert gone == []
    assert stage.cloud.calls("delete object") == []


def test_an_upload_that_nobody_needs_is_deleted(bucket: Bucket, tmp_path: Path) -> None:
    stage = SharedStage.on(bucket, tmp_path)
    uri = f"{STAGING}/{'0' * 64}.jsonl"
    swept = FoundGarbage((), (StoredObject(uri, 10, rfc3339(START), "1"),), stage.planned())
    stage.cloud.objects[uri] = Identity()

    assert list(delete_uploads(stage.world(), lambda: swept, swept)) == [uri]
