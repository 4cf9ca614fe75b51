"""The report: a golden file of a small workspace, and what holds for every page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Plan
from reconciler.core.curves import Curves, MetricPoint
from reconciler.core.diagnostics import Diagnostic
from reconciler.core.lock import Entry, Evidence, Judgement, Measured, Milestone, PointRecord, Role
from reconciler.core.model import Address
from reconciler.core.training_curves import from_lock
from reconciler.render.html import history
from reconciler.render.html.evidence import evidence_of
from reconciler.render.html.markup import el, written
from reconciler.render.html.page import HEAD, render_report
from reconciler.render.report_values import AttemptCurves, Report, ReportedModel
from reconciler.render.values import Banner
from tests.conftest import Golden
from tests.render import strategies as some
from tests.render.builders import EMULATOR, ROUTER, a_diagnostic, a_training
from tests.render.reading_html import Read, read, strict, without_style
from tests.render.reports import (
    ANSWER,
    a_quiet_report,
    a_report,
    a_report_of,
    a_report_without_plan,
    curves_of,
    falling,
    some_curves,
)

REPORTS = {
    "everything": a_report(),
    "quiet": a_quiet_report(),
    "no plan": a_report_without_plan(),
    "nothing": replace(a_report(), models=(), plan=Plan()),
    "an emulator": replace(a_report(), banner=EMULATOR, hidden=3),
    "no lock": replace(a_report_without_plan(), models=(), saw_lock=False),
    "six models": a_report_of(6),
}
ANY = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


def test_the_report_of_a_small_workspace(golden: Golden) -> None:
    golden("report.html", without_style(render_report(a_report())))


def test_a_report_without_a_plan_says_why_and_has_the_rest(golden: Golden) -> None:
    text = render_report(a_report_without_plan())

    golden("report.no-plan.html", without_style(text))
    assert "SPEC012" in text
    assert "the cloud was not read" in text
    assert 'id="vertex/support-router"' in text


@ANY
def test_a_page_is_html_and_xml_at_once(report: Report) -> None:
    text = render_report(report)

    page = read(text)

    assert text.startswith(HEAD)
    assert [part.tag for part in strict(text).iter()] == [re.sub("^viewbox$", "viewBox", tag) for tag, _ in page.tags]


@ANY
def test_a_page_loads_and_runs_nothing(report: Report) -> None:
    page = read(render_report(report))

    loading = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "form", "base", "use"}
    assert {tag for tag, _ in page.tags} & loading == set()
    assert {
        name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
    } == set()
    assert {href[:1] for _, attributes in page.tags if (href := attributes.get("href"))} == {"#"}
    assert {name for _, attributes in page.tags for name in attributes} & {"src", "srcset", "action", "data"} == set()


@ANY
def test_the_policy_forbids_everything_but_its_own_style_sheet(report: Report) -> None:
    text = render_report(report)
    page = read(text)

    (policy,) = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]

    css = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in css
    assert "@import" not in css


@ANY
def test_headings_come_in_their_order_and_none_is_left_out(report: Report) -> None:
    levels = [int(tag[1]) for tag, _ in read(render_report(report)).tags if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@ANY
def test_every_link_leads_somewhere_and_every_id_stands_once(report: Report) -> None:
    page = read(render_report(report))

    ids = [a["id"] for _, a in page.tags if "id" in a]

    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for tag, a in page.tags if tag == "a" and a["href"]} <= set(ids) | _unknown(report)
    assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= set(ids)


def _unknown(report: Report) -> set[str]:
    """Builders plan for addresses of which they know nothing else."""
    return {str(change.address) for change in report.plan.changes} if report.plan else set()


@ANY
def test_every_table_is_named_and_can_be_moved_by_keys(report: Report) -> None:
    tree = strict(render_report(report))
    around = {child: parent for parent in tree.iter() for child in parent}

    for table in tree.iter("table"):
        assert table[0].tag == "caption"
        assert all(head.get("scope") for head in table.iter("th"))
        assert around[table].get("tabindex") == "0"
        assert around[table].get("aria-label") == "".join(table[0].itertext())
        assert {len(row) for row in table.iter("tr")} == {len(next(table.iter("tr")))}


def test_a_chart_and_its_table_hold_the_points_of_the_data() -> None:
    figures = list(strict(render_report(a_quiet_report())).iter("figure"))

    (loss,) = figures
    rows = [["".join(cell.itertext()) for cell in row] for row in loss.iter("tr")]
    curves = some_curves()
    assert rows[0] == ["step", "validation, attempt 1", "training, attempt 1"]
    assert {int(row[0]): float(row[2]) for row in rows[1:]} == {p.step: p.value for p in curves["train_total_loss"]}
    assert {int(row[0]): float(row[1]) for row in rows[1:] if row[1]} == {
        p.step: p.value for p in curves["eval_total_loss"]
    }


def test_what_never_changes_is_words_and_no_chart() -> None:
    text = _said(render_report(a_quiet_report()))

    assert "train_num_predictions is 13 at every step of attempt 1." in text


def test_the_best_loss_on_validation_is_named() -> None:
    assert "validation, attempt 1: 1.429 at step 10, 1.1 at step 60; best 0.8256 at step 50" in _said(
        render_report(a_quiet_report())
    )


def test_what_curves_suggest_stands_below_them() -> None:
    learnt = falling(range(1, 61), 2.4, 0.6)
    rising = [MetricPoint(step, 1.0 + abs(step - 20) / 20, step / 20) for step in range(1, 61)]
    model = replace(
        a_quiet_report().models[0], curves=(curves_of("1", {"train_total_loss": learnt, "eval_total_loss": rising}),)
    )

    text = _said(render_report(replace(a_quiet_report(), models=(model,))))

    assert "suggestion Attempt 1: Over-fitting: eval_total_loss was lowest around step" in text


def test_what_was_measured_at_a_checkpoint_stands_beside_it() -> None:
    tables = [
        table for table in strict(render_report(a_quiet_report())).iter("table") if table[0].text == "Checkpoints"
    ]

    rows = [["".join(cell.itertext()) for cell in row] for row in tables[0].iter("tr")]
    assert rows[0][:5] == ["Checkpoint", "Epoch", "Step", "eval_total_loss", "train_total_loss"]
    assert [row[3] for row in rows[1:]] == ["0.927", "1.1"]


def test_of_deleted_curves_there_is_what_the_lock_recorded() -> None:
    measured = Measured(
        last={"eval_total_loss": PointRecord(step=60, value=1.1)},
        best={"eval_total_loss": PointRecord(step=50, value=0.8)},
    )
    known = from_lock(ROUTER, "1", a_training(measured=measured))
    gone = replace(a_quiet_report().models[0], curves=(AttemptCurves("1", known, a_diagnostic(code="RUN024")),))

    text = render_report(replace(a_quiet_report(), models=(gone,)))

    assert "<figure>" not in text
    assert "What the lock recorded of attempt 1" in text
    assert "eval_total_loss1.1 at step 600.8 at step 50" in _said(text)


def test_a_value_that_is_no_number_is_said_and_not_drawn() -> None:
    assert "training: 2 at step 1, 1.5 at step 3; 1 value is no number" in _said(render_report(a_report()))


def test_curves_that_cannot_be_read_are_a_message_at_their_model_alone() -> None:
    text = render_report(a_report())

    assert text.count("RUN024") == 1
    assert text.count("<figure>") == 5


def test_what_a_model_answered_its_gate_is_nowhere() -> None:
    text = render_report(a_report())

    assert ANSWER not in text
    assert "its gate refused it" in text
    assert "eval_total_loss 0.93" in _said(text)
    assert "at most 0.8" in text


def test_a_gate_that_could_not_tell_has_refused_nothing() -> None:
    unsure = a_training(gate_refused="x", judged=None)
    model = ReportedModel(Address("vertex", "x"), Entry(trainings={"1": unsure}))
    report = replace(a_report(), models=(model,))

    assert "the lock does not say by which gate" in render_report(report)


def test_what_held_out_items_proved_is_numbers_and_a_picture() -> None:
    text = _said(render_report(a_report()))

    assert "80.5 % against 92.0 %: -11.5 %, between -14.8 % and -8.3 % at 95% confidence" in text
    assert "demanded: not worse by more than 5.0 %" in text
    assert "74.0 %, between 66.0 % and 81.0 % at 95% confidence on each side; demanded: at least 70.0 %" in text
    assert "Judged 2 times, with 812 answers asked for it" in text


@pytest.mark.parametrize(("conclusion", "look"), [("passed", "good"), ("failed", "bad"), ("inconclusive", "warning")])
def test_an_interval_lies_where_its_numbers_are(conclusion: str, look: str) -> None:
    proof = Evidence(
        metric="exact", conclusion=conclusion, margin=0.05, items=9, judged=9, new=0.9, old=0.9, lower=-0.1, upper=0.1
    )
    judged = Judgement(by="x", conclusion=conclusion, evidence=(proof,), looks=1)

    picture = strict(written(el("div", *evidence_of("attempt 2", judged))))

    (bar,) = [line for line in picture.iter("line") if line.get("class") == f"interval {look}"]
    (target,) = [line for line in picture.iter("line") if line.get("class") == "target"]
    left, right, demanded = float(bar.attrib["x1"]), float(bar.attrib["x2"]), float(target.attrib["x1"])
    assert demanded - left == pytest.approx((right - left) / 4, abs=0.1)


def test_who_rolled_back_and_why_stands_with_the_model() -> None:
    text = _said(render_report(a_report()))

    assert (
        "Attempt 1 serves instead of attempt 2 since 2026-11-20T12:00:00Z, by octocat (it answers in French)." in text
    )


def test_a_base_model_that_ends_soon_is_marked_and_leads_to_its_models() -> None:
    text = _said(render_report(a_report()))

    assert "2026-12-20 in 29 days" in text
    assert "gemini-3.5-flash" in text


def test_bills_are_added_and_what_is_unknown_is_counted() -> None:
    assert "24.69 USD for 1 training, unknown for 1 more" in _said(render_report(a_report()))


def test_few_models_are_shown_in_full_and_many_are_folded() -> None:
    few, many = render_report(a_report()), render_report(a_report_of(6))

    assert few.count('<details open="" class="card">') == 4
    assert many.count('class="card"') >= 6
    assert '<details open="" class="card">' not in many


def test_the_newest_moment_comes_first() -> None:
    page = render_report(a_report())

    history = page.partition('id="history"')[2]

    times = re.findall(r'<time datetime="([^"]+)"', history)
    assert times == sorted(times, reverse=True)
    assert times[0] == "2026-11-20T11:01:00Z"


def test_who_had_an_attempt_approved_stands_with_it_and_in_the_history() -> None:
    text = _said(render_report(a_quiet_report()))

    assert (
        "Approved by octocat at commit c0ffeec0ffee, run https://ci.example/runs/7 Why not found in the cloud" in text
    )
    assert "submitted, approved by octocat at commit c0ffeec0ffee" in text


def test_every_milestone_and_every_role_has_its_words() -> None:
    times = {milestone: f"2026-11-20T08:00:{n:02}Z" for n, milestone in enumerate(Milestone)}
    trainings = {str(n): a_training(role, times=times if n == 1 else {}) for n, role in enumerate(Role, start=1)}
    entry = Entry(trainings=trainings)
    report = replace(a_report(), models=(ReportedModel(Address("vertex", "x"), entry),))

    text = render_report(report)

    assert f"{len(times)} moments" in text
    assert all(f"</span> {role.value}</span>" in text for role in Role)
    assert set(history._WORDS) == set(Milestone)


@pytest.mark.parametrize(("count", "most"), [(1, 70_000), (20, 1_000_000)])
def test_a_page_grows_with_its_models_and_not_faster(count: int, most: int) -> None:
    assert len(render_report(a_report_of(count)).encode()) < most


@pytest.mark.slow
def test_a_page_of_two_thousand_models_is_one_that_a_browser_opens() -> None:
    text = render_report(a_report_of(2_000))

    assert len(text.encode()) < 25_000_000
    assert text.count('class="card"') >= 2_000


_TRAININGS = st.builds(
    a_training,
    job=some.texts,
    model=some.texts,
    endpoint=some.texts,
    state=some.texts,
    error=some.texts,
    gate_refused=some.texts,
    cancel_requested=some.texts,
    submission=some.submissions,
    states=st.dictionaries(some.texts, some.texts, max_size=2),
)


def _read_or_not(curves: Curves, trouble: Diagnostic | None) -> AttemptCurves:
    return replace(curves_of("1", curves), trouble=trouble)


_POINTS = st.builds(MetricPoint, st.integers(0, 9), st.floats(), st.none() | st.floats(0, 9), some.texts)
_MODELS = st.builds(
    ReportedModel,
    address=some.addresses,
    entry=st.none() | st.builds(Entry, trainings=st.fixed_dictionaries({"1": _TRAININGS}), in_place=some.trees),
    base=some.texts,
    curves=st.builds(
        _read_or_not,
        st.dictionaries(some.texts, st.lists(_POINTS, max_size=3), max_size=3),
        st.none() | some.diagnostics,
    ).map(lambda curves: (curves,)),
)


@given(some.plans, some.banners, st.lists(some.diagnostics, max_size=2), st.lists(_MODELS, max_size=2, unique_by=str))
def test_no_text_from_anywhere_becomes_markup(
    plan: Plan, banner: Banner, trouble: list[object], models: list[ReportedModel]
) -> None:
    plain = replace(a_report(), banner=banner, plan=plan, models=tuple(models))
    for report in (plain, replace(plain, plan=None, trouble=tuple(trouble))):  # type: ignore[arg-type]
        text = render_report(report)

        page = read(text)

        assert all(line.isprintable() for line in text.split("\n"))
        assert {tag for tag, _ in page.tags} <= _ELEMENTS
        assert page.comments == [" tuneform report 1.0 "]
        assert isinstance(strict(text), ET.Element)


_ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "h4", "h5", "p", "span"),
    *("strong", "code", "time", "nav", "ul", "li", "main", "section", "dl", "dt", "dd", "div", "table", "caption"),
    *("thead", "tbody", "tr", "th", "td", "details", "summary", "br", "figure", "figcaption", "footer"),
    *("svg", "desc", "line", "text", "polyline", "circle"),
}


def _said(text: str) -> str:
    """The words of a page."""
    return " ".join("".join(_texts(read(text))).split())


def _texts(page: Read) -> list[str]:
    return page.texts
