"""A workspace that takes another catalogue of base models: from a file, or once from an address, by its digest."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.datasets_cli.conftest import WORKSPACE, Project

_ROW = {"name": "gemini-2.5-flash", "surface": "vertex", "methods": ["supervised"], "regions": ["us-central1"]}
NEWER = json.dumps({"asOf": "2199-01-15", "models": [_ROW, {**_ROW, "name": "gemini-9-flash"}], "newField": 1})
DIGEST = hashlib.sha256(NEWER.encode()).hexdigest()
KEPT = f".tuneform/cache/catalogs/{DIGEST}.json"


@dataclass
class Site:
    """What answers at an address of this machine, and what it was asked."""

    url: str = ""
    status: int = 200
    content: str = NEWER
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(dict(self.headers))
            self.send_response(found.status)
            if found.status == 302:
                self.send_header("Location", "https://elsewhere.example/catalog.json")
            self.end_headers()
            self.wfile.write(found.content.encode())

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/catalog.json"
    yield found
    server.shutdown()
    server.server_close()


def _from(project: Project, url: str, sha256: str = DIGEST) -> None:
    project.workspace(f'  catalogFrom: {{url: "{url}", sha256: {sha256}}}')


def test_a_file_counts_instead_of_the_one_that_is_shipped(project: Project) -> None:
    project.write("base-models.json", NEWER)
    project.workspace(f"  catalogFrom: {{file: base-models.json, sha256: {DIGEST}}}")

    shown = project.run("models")

    assert "gemini-9-flash" in shown.out
    assert "gemini-3.5-flash" not in shown.out
    assert "As of 2199-01-15, today, from base-models.json." in shown.out


def test_a_plan_decides_by_it(project: Project) -> None:
    project.model(base="gemini-9-flash")
    project.write("base-models.json", NEWER)
    project.write("tuneform.yaml", WORKSPACE)
    before = project.run("plan")
    project.write("tuneform.yaml", WORKSPACE + "  catalogFrom: {file: base-models.json}\n")

    after = project.run("plan")

    assert "PLAN114" in before.text
    assert "PLAN114" not in after.text


def test_corrections_of_the_workspace_count_over_it(project: Project) -> None:
    project.write("base-models.json", NEWER)
    project.workspace("  catalogFrom: {file: base-models.json}\n  models: {gemini-9-flash: {retires: 2031-02-03}}")

    assert "2031-02-03" in project.run("models").out


def test_one_that_is_older_than_ours_says_so(project: Project) -> None:
    project.write("base-models.json", NEWER.replace("2199", "2020"))
    project.workspace("  catalogFrom: {file: base-models.json}")

    shown = project.run("models").out

    assert "days ago" in shown
    assert "which is newer: remove" in shown


def test_programs_read_how_old_it_is_and_whose(project: Project) -> None:
    project.write("base-models.json", NEWER)
    project.workspace("  catalogFrom: {file: base-models.json}")

    document = json.loads(project.run("models --format json").out)

    assert (document["asOf"], document["ageDays"], document["origin"]) == ("2199-01-15", 0, "base-models.json")


def test_an_address_is_asked_once_and_without_anything_of_ours(project: Project, site: Site) -> None:
    _from(project, site.url)

    shown = [project.run("models"), project.run("validate"), project.run("plan")]

    assert [s.code for s in shown] == [0, 0, 0]
    (headers,) = site.asked
    assert {name.lower() for name in headers} <= {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert (project.folder / KEPT).read_text(encoding="utf-8") == NEWER


def test_what_was_fetched_once_needs_no_network(project: Project, site: Site) -> None:
    _from(project, site.url)
    project.run("models")
    site.status = 503

    assert "gemini-9-flash" in project.run("models").out


def test_what_was_damaged_in_the_cache_is_fetched_again(project: Project, site: Site) -> None:
    _from(project, site.url)
    project.run("models")
    (project.folder / KEPT).write_text("{}", encoding="utf-8")

    assert "gemini-9-flash" in project.run("models").out
    assert len(site.asked) == 2


def test_a_plan_decides_by_what_was_fetched_where_nothing_can_be_kept(project: Project, site: Site) -> None:
    project.model(base="gemini-9-flash")
    project.write("tuneform.yaml", f'{WORKSPACE}  catalogFrom: {{url: "{site.url}", sha256: {DIGEST}}}\n')
    project.write(".tuneform/cache/catalogs", "a file where a folder should be")

    shown = project.run("plan")

    assert shown.code == 0
    assert "PLAN114" not in shown.text


def test_another_content_than_was_named_is_neither_read_nor_kept(project: Project, site: Site) -> None:
    site.content = NEWER.replace("gemini-9", "gemini-8")
    _from(project, site.url)

    shown = project.run("plan")

    assert shown.code == 1
    assert "SPEC093" in shown.text
    assert not (project.folder / KEPT).exists()


@pytest.mark.parametrize(
    ("status", "words"), [(404, "it answered 404"), (302, "it answered 302, which leads to https://elsewhere.example")]
)
def test_an_address_that_does_not_have_it_is_a_mistake(project: Project, site: Site, status: int, words: str) -> None:
    site.status = status
    _from(project, site.url)

    shown = project.run("validate")

    assert shown.code == 1
    assert "SPEC092" in shown.text
    assert words in " ".join(shown.text.split())


def test_nobody_who_answers_is_a_mistake_as_well(project: Project) -> None:
    _from(project, "http://127.0.0.1:9/catalog.json")

    assert "SPEC092" in project.run("plan").text


@pytest.mark.parametrize("command", ["wait", "status", "history vertex/router"])
def test_what_is_under_way_goes_on_without_it(project: Project, site: Site, command: str) -> None:
    project.model()
    project.run("apply --yes --no-wait")
    _from(project, site.url)
    site.status = 503

    shown = project.run(command)

    assert shown.code == 0, shown.text


def test_a_catalogue_beyond_its_limit_is_not_read_on(project: Project, site: Site) -> None:
    site.content = " " * (9 * 2**20)
    _from(project, site.url)

    shown = project.run("models")
    shutil.rmtree(project.folder / ".tuneform", ignore_errors=True)

    assert shown.code == 1
    assert "could not be fetched" in shown.text
