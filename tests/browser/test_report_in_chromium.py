"""The report in a real browser: nothing complains, nothing is loaded, and what is seen is what the data says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.curves import MetricPoint
from reconciler.core.model import Address
from reconciler.render.html.gate_page import render_gate
from reconciler.render.html.page import render_report
from reconciler.render.report_values import Report
from tests.browser.chromium import Page, a_page, found
from tests.render.builders import GOOGLE, a_gate_on_evidence
from tests.render.reports import a_quiet_report, a_report, a_report_of, a_report_without_plan, curves_of, some_curves

pytestmark = [
    pytest.mark.skipif(found() is None, reason="no Chromium is installed here"),
    pytest.mark.slow,
    pytest.mark.xdist_group("chromium"),
]
_GATE = render_gate(a_gate_on_evidence(), GOOGLE, "2026-11-30T08:00:00Z", "0.2.0", answers=True)
_REPORTS: dict[str, Report | str] = {
    "everything": a_report(),
    "no plan": a_report_without_plan(),
    "many": a_report_of(20),
    "a gate": _GATE,
}
_SCHEMES = pytest.mark.parametrize(("scheme", "media"), [("light", ""), ("dark", ""), ("dark", "print")])
_HOSTILE = '"><img src=http://10.0.0.1/x onerror=alert(1)><script>alert(1)</script><svg/onload=alert(1)>'


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with a_page(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _shown(page: Page, report: Report | str, folder: Path) -> Page:
    file = folder / "report.html"
    file.write_text(report if isinstance(report, str) else render_report(report), encoding="utf-8")
    page.open(file)
    return page


@pytest.mark.parametrize("name", _REPORTS)
def test_nothing_complains_and_nothing_is_asked_for(page: Page, tmp_path: Path, name: str) -> None:
    _shown(page, _REPORTS[name], tmp_path)
    page.value("document.querySelectorAll('details').forEach(d => { d.open = true })")

    assert page.complaints == []
    assert page.requests == [(tmp_path / "report.html").as_uri()]
    assert page.value("document.compatMode") == "CSS1Compat"


def test_a_style_sheet_that_its_policy_does_not_know_would_not_be_used(page: Page, tmp_path: Path) -> None:
    """The judge can find something: a page that was tampered with complains."""
    text = render_report(a_quiet_report()).replace("</style>", " p { color: red } </style>")
    (tmp_path / "changed.html").write_text(text, encoding="utf-8")

    page.open(tmp_path / "changed.html")

    assert any("style-src" in said for said in page.complaints)


def test_the_points_of_a_chart_are_those_of_the_data(page: Page, tmp_path: Path) -> None:
    """Read back through the numbers on the axes, as a person with a ruler would."""
    _shown(page, a_quiet_report(), tmp_path)

    drawn = json.loads(page.value(_READ_CHART))

    curves = some_curves()
    for look, name in (("eval", "eval_total_loss"), ("train", "train_total_loss")):
        read = [(_on(drawn["x"], x), _on(drawn["y"], y)) for x, y in drawn["lines"][look]]
        assert [round(step) for step, _ in read] == [point.step for point in curves[name]]
        assert [value for _, value in read] == pytest.approx([point.value for point in curves[name]], abs=0.005)


def _on(axis: list[list[float]], place: float) -> float:
    """The value at a place between two numbers of an axis."""
    (first, at), (last, end) = axis[0], axis[-1]
    return first + (place - at) / (end - at) * (last - first)


_READ_CHART = """(() => {
  const chart = document.querySelector('svg.chart');
  const numbers = (kind, key) => [...chart.querySelectorAll('text.tick.' + kind)]
    .filter(t => !isNaN(+t.textContent)).map(t => [+t.textContent, +t.getAttribute(key) - (kind == 'y' ? 4 : 0)]);
  const lines = {};
  for (const line of chart.querySelectorAll('polyline'))
    lines[line.classList[1]] = [...line.points].map(p => [p.x, p.y]);
  return JSON.stringify({x: numbers('x', 'x'), y: numbers('y', 'y'), lines});
})()"""


@_SCHEMES
@pytest.mark.parametrize("name", _REPORTS)
def test_every_word_stands_out_from_what_is_behind_it(
    page: Page, tmp_path: Path, name: str, scheme: str, media: str
) -> None:
    page.looks(1280, scheme=scheme, media=media)
    _shown(page, _REPORTS[name], tmp_path)
    page.value("document.querySelectorAll('details').forEach(d => { d.open = true })")

    faint = page.value(_CONTRASTS)

    assert [words for words in faint if words["contrast"] < 4.5] == []
    assert len(faint) > 4


_CONTRASTS = """(() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => rgb(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return `rgb(${c})`; }
    return 'rgb(255,255,255)'; };
  const seen = {};
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    const color = e.closest('svg') ? style.fill : style.color, back = behind(e);
    if (['title', 'desc'].includes(e.tagName)) continue;
    const [a, b] = [light(color), light(back)].sort((x, y) => y - x);
    seen[color + back] = {words: e.textContent.slice(0, 40), contrast: (a + .05) / (b + .05)};
  }
  return Object.values(seen);
})()"""


@pytest.mark.parametrize(("scheme", "media"), [("light", ""), ("dark", "")])
def test_lines_of_a_chart_stand_out_too(page: Page, tmp_path: Path, scheme: str, media: str) -> None:
    page.looks(1280, scheme=scheme, media=media)
    _shown(page, a_report(), tmp_path)

    strokes = page.value("[...document.querySelectorAll('polyline')].map(l => getComputedStyle(l).stroke)")
    card = page.value("getComputedStyle(document.querySelector('.card')).backgroundColor")

    assert strokes
    assert min(_contrast(stroke, card) for stroke in strokes) >= 3.0


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_light(one), _light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _light(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["everything", "a gate"])
@pytest.mark.parametrize("width", [320, 400, 1280])
def test_no_page_is_wider_than_its_screen(page: Page, tmp_path: Path, width: int, name: str) -> None:
    page.looks(width)
    _shown(page, _REPORTS[name], tmp_path)
    page.value("document.querySelectorAll('details').forEach(d => { d.open = true })")

    assert page.value("document.documentElement.scrollWidth") <= width


def test_what_is_folded_is_there_on_paper(page: Page, tmp_path: Path) -> None:
    page.looks(1280, media="print")
    _shown(page, _REPORTS["many"], tmp_path)

    heights = page.value("[...document.querySelectorAll('.card > .inner')].map(e => e.getBoundingClientRect().height)")

    assert len(heights) > 20
    assert min(heights) > 10
    assert page.printed().startswith(b"%PDF")


def test_who_follows_a_link_finds_it_opened(page: Page, tmp_path: Path) -> None:
    page.looks(1280)
    _shown(page, _REPORTS["many"], tmp_path)

    page.value("document.querySelector('a[href=\"#vertex/model-0007\"]').click()")

    opened = "[...document.querySelectorAll('details.card[open] > .inner[id]')].map(e => e.id)"
    assert page.value(opened) == ["vertex/model-0007"]


def test_everything_can_be_reached_by_keys_and_in_order(page: Page, tmp_path: Path) -> None:
    page.looks(1280)
    _shown(page, a_quiet_report(), tmp_path)
    reachable = page.value("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")

    seen = []
    for _ in range(200):
        for kind in ("rawKeyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        at = page.value("document.activeElement.tagName + ' ' + document.activeElement.getBoundingClientRect().width")
        if at.startswith("BODY"):
            break
        seen.append(at)

    hidden = page.value(
        "[...document.querySelectorAll('details:not([open]) a, details:not([open]) [tabindex=\"0\"]')].length"
    )
    assert seen[0].startswith("A ")
    assert len(seen) == reachable - hidden


def test_a_screen_reader_is_told_of_landmarks_charts_and_tables(page: Page, tmp_path: Path) -> None:
    page.looks(1280)
    _shown(page, a_quiet_report(), tmp_path)

    nodes = page.tree()

    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    roles = {role for role, _ in told}
    assert {"banner", "navigation", "main", "contentinfo", "heading", "table", "columnheader", "rowheader"} <= roles
    assert ("navigation", "Sections") in told
    (chart,) = [node for node in nodes if node.get("role", {}).get("value") in ("image", "img")]
    assert chart["name"]["value"] == "total loss of vertex/support-router"
    assert "training, attempt 1: 2.284 at step 1" in chart["description"]["value"]
    assert {name for role, name in told if role == "table"} >= {"All models", "What happened last"}
    assert all(name for role, name in told if role in ("region", "link", "table", "heading"))


def test_a_screen_reader_is_told_what_a_gate_found(page: Page, tmp_path: Path) -> None:
    page.looks(1280)
    _shown(page, _GATE, tmp_path)

    nodes = page.tree()

    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    assert {"banner", "navigation", "main", "contentinfo", "heading", "table"} <= {role for role, _ in told}
    assert ("heading", "vertex/support-router") in told
    assert {name for role, name in told if role == "table"} >= {"Verdicts", "Checks", "By class or field"}
    assert all(name for role, name in told if role in ("region", "link", "table", "heading"))


def test_hostile_text_from_anywhere_runs_and_loads_nothing(page: Page, tmp_path: Path) -> None:
    report = a_report()
    name = f"x{_HOSTILE.replace('/', '')}"
    curves = (curves_of("1", {_HOSTILE: [MetricPoint(1, 2.0), MetricPoint(2, 1.0)]}),)
    models = [replace(m, base=_HOSTILE, address=Address(m.address.backend, name), curves=curves) for m in report.models]
    banner = replace(report.banner, workspace=_HOSTILE, lock=_HOSTILE, project=_HOSTILE)

    _shown(page, replace(report, models=tuple(models[:1]), banner=banner, commit=_HOSTILE, at=_HOSTILE), tmp_path)

    assert page.complaints == []
    assert page.requests == [(tmp_path / "report.html").as_uri()]
    assert page.value("document.querySelectorAll('img, script').length") == 0
    assert page.value("document.querySelector('h1').textContent") == _HOSTILE
