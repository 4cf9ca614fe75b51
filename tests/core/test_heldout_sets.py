"""Held-out items in Cloud Storage: a gate is another one where their bytes are."""

from __future__ import annotations

import pytest

from reconciler.core.gate_spec import GateSpec, Heldout, Trial
from reconciler.core.heldout_sets import heldout_uri, with_contents
from reconciler.core.judgement import digest_of
from reconciler.core.model import Declared, Desired, Identity
from tests.fakes.specs import a_spec

URI = "gs://acme/eval.jsonl"


def holding_out(uri: str) -> Declared:
    return a_spec(gate=GateSpec(trial=Trial(Heldout(uri), at_least=0.9)))


def known(declared: Declared, identity: Identity) -> Declared:
    return with_contents(Desired.of([declared]), {URI: identity}).models[declared.address]


@pytest.mark.parametrize("spec", [a_spec(), a_spec(gate=GateSpec()), holding_out("data/eval.jsonl")])
def test_a_spec_may_hold_out_no_object(spec: Declared) -> None:
    assert heldout_uri(spec) == ""
    assert known(spec, Identity(crc32c="abc=", size=7)) == spec


def test_other_bytes_are_another_gate_and_the_same_bytes_elsewhere_are_not() -> None:
    spec = holding_out(URI)

    one, same, other = (known(spec, Identity(crc32c=c, size=7, generation=g)) for c, g in ("a1", "a2", "b1"))

    digests = [digest_of(d.gate) for d in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]


def test_an_object_that_is_not_there_is_known_by_its_name_alone() -> None:
    spec = holding_out(URI)

    assert known(spec, Identity()) == spec
