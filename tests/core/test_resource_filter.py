"""--filter takes the words of gcloud and kubectl, and says what is wrong with any other."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.inventory import ListedResource
from reconciler.core.resource_filter import FilterMistakeError, kept, read_filters

DAY = 86_400.0


def a_job(**different: Any) -> ListedResource:
    fields: dict[str, Any] = {
        "kind": "job",
        "service": "vertex",
        "resource_name": "projects/1/locations/us-central1/tuningJobs/12",
        "project": "acme-ml",
        "location": "us-central1",
        "name": "Support (v2), router",
        "state": "succeeded",
        "words": ("succeeded", "job_state_succeeded", "ready"),
        "base": "gemini-3.5-flash",
        "labels": {"team": "support", "cost.center": "7"},
        "created": "2026-11-27T00:00:00Z",
        "age_s": 3 * DAY,
        "owner": "",
        "tokens": 9_000,
        "cost": 4.0,
    }
    return ListedResource(**{**fields, **different})


def is_kept(*expressions: str, **different: Any) -> bool:
    return bool(kept([a_job(**different)], read_filters(expressions)))


@pytest.mark.parametrize(
    "expression",
    [
        "state=succeeded",
        "state == succeeded",
        "state=ready",
        "state=JOB_STATE_SUCCEEDED",
        "state=failed,succeeded",
        "state!=failed",
        "status=succeeded",
        "label.team=support",
        "labels.team=support",
        "label.cost.center=7",
        "label.team:*",
        "label.missing=none",
        "label.missing!=x",
        "name=~router$",
        "name~^Supp.r{0,1}",
        "name=~(v1|v2)",
        "name!~^Billing",
        "name:ROUTER",
        "name=Support*",
        'name="Support (v2), router"',
        "displayName:support",
        "resource=12",
        "resource:tuningJobs",
        "owner=none",
        "age<30d",
        "age<1w",
        "age>=3d",
        "created>2026-11-01",
        "createTime<=2026-11-27T00:00:00Z",
        "cost<10",
        "cost=4",
        "tokens>=9000",
        "kind=job AND age<30d",
        "region=us-central1",
        "base:flash",
    ],
)
def test_what_holds_is_kept(expression: str) -> None:
    assert is_kept(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "state=failed",
        "state!=succeeded",
        "label.team=sales",
        "label.missing:*",
        "name=router",
        "name=~^router",
        "name!~router",
        "resource=13",
        "owner=acme",
        "age>30d",
        "created<2026-11-01",
        "cost>4",
        "kind=endpoint",
        "kind=job AND age>30d",
    ],
)
def test_what_does_not_hold_is_left_out(expression: str) -> None:
    assert not is_kept(expression)


def test_all_conditions_must_hold() -> None:
    assert is_kept("state=succeeded", "age<30d")
    assert not is_kept("state=succeeded", "age>30d")


@pytest.mark.parametrize("expression", ["cost<10", "cost>0", "age<9w", "tokens!=1", "created>2000-01-01"])
def test_what_nobody_knows_is_neither_less_nor_more(expression: str) -> None:
    assert not is_kept(expression, cost=None, age_s=None, tokens=None, created="")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("stat=succeeded", 'Did you mean "state"?'),
        ("displayname2=x", 'Did you mean "name"?'),
        ("colour=red", "Fields are kind,"),
        ("state=suceeded", 'Did you mean "succeeded"?'),
        ("kind=jobs", 'Did you mean "job"?'),
        ("service=vertexai", 'Did you mean "vertex"?'),
        ("age<30", "age<30d"),
        ("age=~3", "age<30d"),
        ("cost<cheap", "cost>10"),
        ("created>yesterday", "created>2026-11-01"),
        ("name<5", "=~"),
        ("name=~(", "as Python has it"),
        ("name", "name=VALUE"),
        ("age", "age<30d"),
        ("", "state=succeeded"),
        ("=x", "state=succeeded"),
        ("state=", "state=succeeded"),
        ("label=team", "label.team=support"),
        ("state=failed OR state=succeeded", "commas"),
        ("NOT state=failed", "!="),
        ("-state=failed", "!="),
        ("(state=failed)", "commas"),
    ],
)
def test_a_mistake_says_what_to_write_instead(expression: str, said: str) -> None:
    with pytest.raises(FilterMistakeError) as told:
        read_filters([expression])

    assert said in told.value.fix
    assert repr(expression) in told.value.detail
