"""Histories that once ended badly, as the generator shrank them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.steps import (
    Ask,
    Cancels,
    Console,
    Content,
    Declare,
    Ends,
    Fault,
    Form,
    Import,
    Lock,
    Remove,
    Rename,
    Settle,
    Step,
    TakeOver,
    Together,
    Unseen,
)
from tests.soak.test_histories import complaints_after
from tests.soak.town import Town

_FOUND: dict[str, list[Step]] = {
    # Planted, and met by no random history: the Endpoint was not looked at. Another clone's adoption healed it.
    "an edit of the endpoint alone is put back": [
        Declare("router", team="a"),
        Ask(),
        Console("edit endpoint", "router"),
        Settle(),
    ],
    # Both are of one job: plans are refused, and the merge that the message names puts it in order.
    "a journal that a crash left beside the lock of another clone is put in order": [
        Declare("router"),
        Ask(meanwhile=(Rename("router", reverts=False), Ask(clone=1, crash=28))),
        Lock("theirs", clone=1),
    ],
    "what a gate refused in one clone and another destroyed stays refused": [
        Declare("numbers", gate="refuses"),
        Ask(),
        Settle(1),
        Ask("destroy", name="numbers"),
        Settle(1),
    ],
    # It is what the spec and its data say now, and no duplicate of what serves: it was cancelled as one.
    "what another clone trains on data that has changed since is not cancelled": [
        Declare("router"),
        Ask(),
        Content("other rows"),
        Ask(clone=1, waits=False),
        Ask(),
    ],
    # An older one was restored, and the next plan let the newer one serve.
    "without the gate that refused it a newer training serves at once": [
        Declare("numbers", epochs=5, gate="refuses"),
        Settle(),
        Ask("forget", name="numbers"),
        Settle(),
        Ask(clone=1),
        Declare("numbers", epochs=5),
    ],
    # Of the Gemini API nobody but the lock tells who wrote a description.
    "a description that a lost lock had written stays": [
        Declare("numbers", description="Sorts what comes in"),
        Settle(),
        Lock("lose"),
        Declare("numbers"),
    ],
    # The merge knew it under way and no longer approved: what it made surplus was left to the next plan.
    "what is under way in a merged lock disposes of what it makes surplus": [
        Declare("router"),
        Declare("child"),
        Ask(),
        Ask(replace=("child",)),
        Declare("child", epochs=4),
        Ask(clone=1, waits=False),
        Lock("merge"),
    ],
    # What one clone forgot counted as forgotten in the other one, whose gate had refused it.
    "what one clone forgot, the gate has refused in the other": [
        Declare("tagger", epochs=4, gate="refuses"),
        Ask(),
        Ask("forget", name="tagger"),
        Import(),
        Settle(1),
    ],
    # Merged with a lock that had not heard of its end, a successor served beside its predecessor, and the plan,
    # which looked at the older one, trained a third.
    "a successor that serves in the other lock alone deposes what served before it": [
        Declare("tagger", epochs=3),
        Ask(),
        Declare("router", epochs=3),
        Declare("tagger", epochs=5),
        Ask(waits=False),
        Ask(clone=1, meanwhile=(Remove("router"),)),
        Lock("merge"),
        Ask(),
    ],
    # The model of a lost lock was named once, in the plan that trained its successor, and never again.
    "a model that a lost lock knew and that its edited spec does not match stays named": [
        Declare("router", epochs=3),
        Ask(),
        Lock("lose"),
        Declare("router", epochs=4),
        Settle(),
    ],
    # A lost lock forgets which jobs have failed; the plan trains anew, and says nothing of the model that one left.
    "what a failed job left is named when the lock is lost": [
        Declare("router", epochs=3),
        Ends("router", "no endpoint"),
        Ask(),
        Lock("lose all"),
    ],
    # What a job leaves is made in the fake cloud when somebody looks after its end: the refused run was blamed for it.
    "a refused run is not blamed for a job that ended by itself": [
        Declare("router", epochs=3),
        Declare("numbers", epochs=4, settings="protect"),
        Ask(waits=False),
        Ask(target="router"),
        Declare("numbers", epochs=3),
        Ask(waits=False, permitted=False),
    ],
    # Found by its markers it came in as deposed, and a restore asked no gate.
    "what a gate refused in one clone does not serve in another that has not heard of it": [
        Declare("router", gate="refuses"),
        Ask(clone=1),
        Ask(clone=1, replace=("router",)),
    ],
    # The refusal is followed as it says, and one model is left under one name.
    "a name that was given to another while both trained is told apart by a person": [
        Declare("router"),
        Declare("child"),
        Declare("tagger"),
        Ask(meanwhile=(TakeOver("tagger", "router"),)),
    ],
    "another form of the same rows trains nothing, and other rows do": [
        Declare("tagger", local=True),
        Ask(),
        Form(1),
        Ask(clone=1),
        Content("other rows", local=True),
        Ask(clone=1),
    ],
    # Whoever has the lock and not the spec must not take it for removed.
    "a model that one clone imported is not deleted by the other": [
        Import(),
        Lock("theirs", 1),
        Ask(clone=1),
    ],
    "a clone that has not seen a spec leaves its model alone": [
        Declare("tagger"),
        Unseen("tagger"),
        Ask(),
        Declare("router"),
        Ask(clone=1),
        Lock("merge"),
        Ask(clone=1),
    ],
    "names that are swapped while they train are two edits": [
        Declare("router"),
        Declare("tagger", description="Sorts what comes in"),
        Ask(meanwhile=(TakeOver("tagger", "router", swaps=True),)),
    ],
    # The judge knew who had destroyed it, and the clone that took the other one's lock does not.
    "what a clone destroyed is gone by another's hand once it has the lock of the other": [
        Declare("numbers", local=True),
        Ask(clone=1),
        Ask(waits=False),
        Ask("destroy", clone=1, name="numbers"),
        Lock("theirs", 1),
    ],
    # The cloud of the tests took it back: a later training that heeds no cancel made this one succeed.
    "what was cancelled stays so, whatever heeds no cancel after it": [
        Declare("numbers", local=True),
        Together(Ask(waits=False), Ask("cancel", name="numbers"), turns=(False,) * 3),
        Declare("router", local=True),
        Ask(meanwhile=(Cancels(win=False),)),
    ],
    # The console of the tests named a model that was still trained, and the judge took the name for the product's.
    "nobody names in the console what is still trained": [
        Declare("router"),
        Ask(waits=False),
        Console("alias", "router"),
        Ask("wait"),
    ],
}


@pytest.mark.parametrize("what", _FOUND)
def test_what_was_found_stays_mended(what: str) -> None:
    assert complaints_after(_FOUND[what]) == []


def test_a_forgotten_model_that_no_list_shows_yet_is_not_taken_for_its_successor(tmp_path: Path) -> None:
    """Its id on the Gemini API is told by the attempt: the second create was answered with the forgotten one."""
    town = Town(tmp_path, lag_s=30.0)

    town.play([Declare("numbers"), Ask(meanwhile=(Ask("forget", name="numbers"),)), Ask()])

    assert town.cloud.jobs_named("numbers") == 2


_ONE_PLACE: dict[str, list[Step]] = {
    # With one place in the quota, a run over one address waited for ever: the other's job had ended, and the lock
    # did not know, since this run did not look at it.
    "a run over one address waits for no job of another that has ended": [
        Declare("tagger"),
        Declare("router"),
        Ask(target="tagger", waits=False),
        Ask(target="router"),
    ],
    "a run over one address waits for no create of another that was lost": [
        Declare("tagger"),
        Fault("create", "unanswered"),
        Ask(target="tagger", waits=False),
        Declare("router"),
        Ask(target="router"),
    ],
}


@pytest.mark.parametrize("what", _ONE_PLACE)
def test_what_was_found_with_one_place_stays_mended(what: str) -> None:
    assert complaints_after(_ONE_PLACE[what], limit=1) == []


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("crash", range(1, 27))
def test_wherever_a_destroy_is_killed_both_clones_take_over_what_is_made_anew_under_the_id(
    crash: int, waits: bool
) -> None:
    """The first clone knew it as cancelled, and went on saying so of the model that the second one had made since."""
    history: list[Step] = [Declare("numbers"), Ask(waits=waits), Ask("destroy", name="numbers", crash=crash)]

    assert complaints_after(history) == []


def test_of_two_that_ended_well_one_serves_and_goes_on() -> None:
    """The lock's own came to serve after the one that had been adopted, when the next plan looked."""
    history: list[Step] = [
        Declare("numbers"),
        Ask(meanwhile=(Declare("router", epochs=4, settings="retry", local=True, env="prod"),)),
        Together(Ask(waits=False, replace=("numbers",)), Ask(clone=1, permitted=False)),
    ]

    assert complaints_after(history, lag_s=30.0) == []


def test_what_is_taken_in_beyond_keep_goes_in_the_apply_that_takes_it_in() -> None:
    """Its disposal took the place of the adoption that was done in the same tick, and waited for the next run."""
    history: list[Step] = [
        Declare("numbers"),
        Settle(1),
        Ask(),
        Declare("numbers", settings="keep none"),
        Ask("forget", name="numbers"),
    ]

    assert complaints_after(history, limit=1, lag_s=30.0) == []


def test_what_is_taken_in_loses_its_alias_in_the_apply_that_takes_it_in() -> None:
    """Another lock lets it serve under our alias; it was taken by the next plan, which nobody expected."""
    history: list[Step] = [
        Declare("router", epochs=5, alias="production"),
        Ask(),
        Ask(clone=1),
        Ask("forget", name="router"),
    ]

    assert complaints_after(history, limit=1) == []


def test_what_a_person_rolled_back_to_is_nothing_that_the_spec_has_to_say() -> None:
    """The verdict took a pin for a model that nobody had asked for."""
    history: list[Step] = [
        Declare("numbers", epochs=5, local=True),
        Ask(),
        Declare("numbers", epochs=4),
        Ask(),
        Ask("rollback", name="numbers"),
    ]

    assert complaints_after(history, limit=1, lag_s=30.0) == []
