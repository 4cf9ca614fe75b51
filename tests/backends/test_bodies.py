"""A body is put together from parts, and nothing given is changed."""

from __future__ import annotations

from reconciler.backends.bodies import body_of


def test_parts_are_laid_upon_each_other_without_what_none_of_them_sets() -> None:
    training = {"spec": {"epochs": 3, "size": None}, "key": None}

    body = body_of(training, {"spec": {"uri": "gs://acme/x", "epochs": None}}, {"description": None, "labels": {}})

    assert body == {"spec": {"epochs": 3, "uri": "gs://acme/x"}, "labels": {}}
    assert training == {"spec": {"epochs": 3, "size": None}, "key": None}
