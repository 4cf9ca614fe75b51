"""Whether two records are of the same training data. `gs://` data is known by its bytes, local data by its content.

Local files and inline examples are part of the spec, and come from a checkout: other line ends, a last newline or
another order of keys are the same data in another form. Two clones that hold different forms must never take turns
at training, nor at bringing an older model back. So what nobody can tell is no difference, and is said.
"""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.core.dialects import holds_examples
from reconciler.core.lock import DataRecord, Submission
from reconciler.core.markers import PAIRS_RECIPE


def same_data(old: DataRecord, new: DataRecord) -> bool | None:
    """Whether both would teach the same. None where nobody can tell; `old` is what a training was submitted with.

    Without any content known the bytes decide: it is looked up wherever bytes differ (workflow/contents.py).
    """
    same = old.identity.same_bytes(new.identity)
    if same or not (old.local and new.local):
        return same
    before, now = content_of(old), content_of(new)
    if before and now:
        return before == now if _recipe(before) == _recipe(now) else None
    return None if now else same


def is_other_form(old: DataRecord, new: DataRecord) -> bool:
    """The same data, written in another way."""
    return old.identity.same_bytes(new.identity) is False and same_data(old, new) is True


def is_unknown_content(old: DataRecord, new: DataRecord) -> bool:
    """Local data with other bytes than those that were sent, of which nobody knows the content any more."""
    differs = old.identity.same_bytes(new.identity) is False
    return differs and old.local and new.local and same_data(old, new) is None


def content_of(record: DataRecord) -> str:
    """The digest of what is learnt. Pairs have no form once they are read: 0.1.0 took theirs for the sha256."""
    if record.content or not record.local or record.sent_uri or not record.sha256:
        return record.content
    return f"{PAIRS_RECIPE}:{record.sha256}" if holds_examples(record.field) else ""


def with_learnt(submission: Submission, other: Submission) -> Submission:
    """With the content that the other one knows of the very same bytes."""
    found = {(r.field, r.sha256): r.content for r in other.data if r.content}
    data = tuple(
        r if r.content or not r.sha256 else replace(r, content=found.get((r.field, r.sha256), ""))
        for r in submission.data
    )
    return replace(submission, data=data) if data != submission.data else submission


def _recipe(content: str) -> str:
    return content.partition(":")[0]
