"""What a lock says of itself, and words that stand in it."""

from __future__ import annotations

import pytest

from reconciler.core.lock import Lock, Phase
from reconciler.core.model import Action
from tests.fakes.specs import a_lock, a_spec, a_training, an_entry, job_name


def test_the_jobs_of_a_lock_are_those_that_it_knows_by_name() -> None:
    known, sent = a_spec("known"), a_spec("sent")
    unanswered = a_training(sent, phase=Phase.INTENDED, job="")
    lock = a_lock([(known, an_entry(known)), (sent, an_entry(sent, unanswered))])

    assert lock.jobs == {job_name(known)}


def test_a_lineage_is_given_once_and_what_nobody_says_stays() -> None:
    first = Lock().learnt(lineage="a", workspace="acme", target="google", projects={"acme-ml": "1"})
    second = first.learnt(lineage="b", workspace="", target="", projects={"other": "2"})

    assert (second.lineage, second.workspace, second.target) == ("a", "acme", "google")
    assert second.projects == {"acme-ml": "1", "other": "2"}


@pytest.mark.parametrize("action", Action)
def test_a_word_stands_for_the_action_that_it_is_the_word_of(action: Action) -> None:
    assert Action(action.word) is action


def test_a_word_of_nobodys_stands_for_no_action() -> None:
    with pytest.raises(ValueError, match="explode"):
        Action("explode")
