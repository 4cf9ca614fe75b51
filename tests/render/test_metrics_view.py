"""What `metrics` shows: a picture, a table, checkpoints, and what the curves suggest."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from reconciler.core.curve_advice import Kind, advise
from reconciler.core.curves import MetricPoint
from reconciler.core.lock import Role
from reconciler.core.model import Evaluation
from reconciler.core.training_curves import TrainingCurves
from reconciler.render.advice import advice_words
from reconciler.render.json_metrics import metrics_to_csv, metrics_to_json
from reconciler.render.style import Style
from reconciler.render.terminal.metrics import GONE, render_metrics
from tests.conftest import Golden
from tests.render.curves import ROUTER, SCORES, a_training, curve

RECORDED = TrainingCurves(
    ROUTER,
    "1",
    Role.DEPOSED,
    {"eval_total_loss": [MetricPoint(20, 0.5, 2.0), MetricPoint(30, 0.9, 3.0)]},
    is_recorded=True,
    values={"train_total_loss": 0.25},
)
FALLING = [MetricPoint(n, 0.4 + 2 * math.exp(-n / 30), n / 15) for n in range(1, 61)]
NOTHING = TrainingCurves(ROUTER, "3", Role.CANDIDATE, is_over=False)


def test_one_training_in_full(golden: Golden) -> None:
    golden("metrics-one.txt", render_metrics([a_training(evaluations=SCORES)], Style(80)))


def test_several_trainings_side_by_side(golden: Golden) -> None:
    earlier = a_training("1", {"eval_total_loss": curve(1.3, 0.3, every=2)}, role=Role.DEPOSED, epochs=None)

    golden("metrics-several.txt", render_metrics([earlier, a_training(), NOTHING], Style(80)))


def test_what_only_the_lock_knows_is_said_to_be_that(golden: Golden) -> None:
    text = render_metrics([RECORDED], Style(80))

    golden("metrics-recorded.txt", text)
    assert GONE in text.replace("\n", " ")


def test_a_training_without_metrics_says_so() -> None:
    assert render_metrics([NOTHING], Style(80)) == "vertex/support-router has no metrics yet.\n"


def test_other_metrics_are_drawn_where_they_are_asked_for() -> None:
    text = render_metrics([a_training()], Style(80, unicode=False), ["eval_num_predictions"])

    assert "  eval_num_predictions\n" in text
    assert "  o " not in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_everything_fits_the_width(width: int, unicode: bool) -> None:
    style = Style(width, unicode=unicode)
    long = a_training(curves={"train_fraction_of_correct_next_step_preds": curve(0.5, 0.6)}, evaluations=SCORES)

    for shown in ([a_training(evaluations=SCORES)], [long], [a_training("1"), a_training()], [RECORDED]):
        lines = render_metrics(shown, style).splitlines()

        assert max(map(len, lines)) <= max(width, len("  train_fraction_of_correct_next_step_preds"))
        assert unicode or all(line.isascii() for line in lines)


def test_a_name_from_a_service_moves_no_cursor() -> None:
    hostile = a_training(
        curves={"x\x1b[2J_loss": curve(0.5, 0.6)}, evaluations=(Evaluation("1\x1b[2J", {}, "\x1b[2J"),)
    )

    assert "\x1b" not in render_metrics([hostile], Style(80)) + render_metrics([hostile, hostile], Style(80))


# For programs


def test_json_has_every_point_with_what_is_known_of_it() -> None:
    document = json.loads(metrics_to_json([a_training(evaluations=SCORES), RECORDED]))

    first, second = document["trainings"]
    point = first["metrics"]["train_total_loss"]["points"][2]
    assert point == {"step": 3, "epoch": 1.0, "at": "2026-11-28T10:03:00Z", "value": 1.597623}
    assert (first["attempt"], first["epochs"], first["steps"], first["source"]) == ("2", 12.0, 36, "service")
    assert first["checkpoints"][3]["evaluation"] == {"exact_match": 0.5, "rouge_p90": 0.4}
    assert [advice["kind"] for advice in first["advice"]] == ["over-fitting"]
    assert (second["source"], second["epochs"], second["steps"]) == ("lock", None, None)
    assert second["metrics"]["train_total_loss"] == {
        "last": {"step": None, "epoch": None, "value": 0.25},
        "best": None,
        "points": [],
    }


def test_json_of_one_training_still_has_what_it_had_in_its_place() -> None:
    document = json.loads(metrics_to_json([a_training()]))

    assert document["address"] == "vertex/support-router"
    assert document["metrics"]["eval_num_predictions"] == [[36, 41]]


def test_what_is_no_number_is_null_in_json() -> None:
    broken = a_training(curves={"train_total_loss": [MetricPoint(1, 2.0), MetricPoint(2, math.nan)]}, advice=None)

    document = json.loads(metrics_to_json([broken]))

    assert document["metrics"]["train_total_loss"] == [[1, 2.0], [2, None]]


def test_csv_has_a_row_for_each_point_and_leaves_open_what_is_unknown() -> None:
    bare = a_training("1", {"train_total_loss": [MetricPoint(1, 2.0)]})

    rows = list(csv.DictReader(io.StringIO(metrics_to_csv([a_training(), bare, RECORDED]))))

    assert len(rows) == 18 + 36 + 1 + 1 + 2 + 1
    assert rows[0] == {
        "address": "vertex/support-router",
        "attempt": "2",
        "metric": "eval_total_loss",
        "step": "2",
        "epoch": "0.6666666666666666",
        "at": "2026-11-28T10:02:00Z",
        "value": "2.173292",
    }
    assert (rows[-4]["step"], rows[-4]["epoch"], rows[-4]["at"], rows[-4]["value"]) == ("1", "", "", "2.0")
    assert (rows[-1]["step"], rows[-1]["value"]) == ("", "0.25")


def test_no_name_from_a_service_moves_a_cursor_in_json_or_csv() -> None:
    hostile = [a_training(curves={"x\x1b[2J\x85\u202e": [MetricPoint(1, 1.0, at="\x1b")]})]

    assert all(c.isprintable() or c == "\n" for c in metrics_to_csv(hostile) + metrics_to_json(hostile))


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", "\t="])
def test_no_name_is_calculated_by_a_spreadsheet(name: str) -> None:
    text = metrics_to_csv([a_training(curves={name: [MetricPoint(1, 1.0)]})])

    assert next(csv.DictReader(io.StringIO(text)))["metric"] == "'" + name.replace("\t", "\\t")


# Advice in words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            Kind.OVERFITTING,
            "Over-fitting: eval_total_loss was lowest around step 14 (epoch 4.7) at 1.092 and rose to 1.44, while the "
            "loss on training data fell from 0.6232 to 0.5018. Checkpoint 2 (epoch 6) was best.",
        ),
        (
            Kind.FLATTENED,
            "Flat before the last epoch: train_total_loss was 0.5137 after epoch 8 (step 24) and 0.5018 at the "
            "end, 1.2 % of its whole fall. 8 epochs would have done.",
        ),
        (
            Kind.STILL_FALLING,
            "Still falling: train_total_loss went from 0.8545 to 0.6947 over the last epoch, 10.7 % of its whole fall. "
            "More than 4 epochs may bring more.",
        ),
        (
            Kind.DIVERGING,
            "Diverging: train_total_loss was lowest around step 12 (epoch 4) at 0.7172 and is 2.802 at step 36. A "
            "smaller learning rate may help.",
        ),
    ],
)
def test_advice_names_its_figures(kind: Kind, words: str) -> None:
    curves = {
        Kind.OVERFITTING: a_training().curves,
        Kind.FLATTENED: {"train_total_loss": curve(0.5, 0.6)},
        Kind.STILL_FALLING: {"train_total_loss": FALLING},
        Kind.DIVERGING: {"train_total_loss": curve(0.5, 0.6, rise=0.1)},
    }[kind]
    advice = advise(curves, a_training().checkpoints)

    assert advice is not None
    assert advice.kind is kind
    assert advice_words(advice) == words
