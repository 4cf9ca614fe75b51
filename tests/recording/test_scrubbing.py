"""Nothing of anybody's is in a recording: texts are planted wherever there is room, and looked for in every byte."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.emulator import Request
from reconciler.emulator.definitions import load
from reconciler.emulator.recording.exchange import encoded
from reconciler.emulator.recording.leftovers import texts_left
from reconciler.emulator.recording.pseudonyms import Pseudonyms, expanded
from reconciler.emulator.recording.scrubbing import Scrubber
from tests.recording.canaries import MARK, NUMBER, Planter, bodies
from tests.recording.sessions import Session, work

SURFACES = {
    "vertex.v1": "/v1/",
    "vertex.v1beta1": "/v1beta1/",
    "gemini.v1beta": "/v1beta/",
    "storage.v1": "/storage/v1/",
}
SECRETS = {
    "authorization": f"Bearer ya29.{MARK}",
    "x-goog-api-key": MARK,
    "cookie": MARK,
    "x-goog-user-project": MARK,
    "user-agent": MARK,
    "content-type": f"application/json; {MARK}",
    "range": f"bytes={MARK}",
}


def _is_clean(written: bytes) -> bool:
    return MARK.encode() not in written.lower() and str(NUMBER).encode() not in written


@pytest.mark.parametrize("surface", SURFACES)
def test_no_text_of_any_field_of_any_method_is_kept(surface: str) -> None:
    definitions, planter, scrubber = load(surface), Planter(), Scrubber()

    for method, asked, answer in bodies(definitions, planter):
        path = SURFACES[surface] + re.sub(r"\{\w+\}", lambda _: planter.word(), method.path)
        query = "&".join(
            f"{name}={planter.word()}" for name in (*sorted(method.query), "key", "access_token", planter.word())
        )
        request = Request(method.verb, path, query, SECRETS, json.dumps(asked).encode())
        exchange = scrubber.exchange(
            request, 200, {**SECRETS, "location": f"https://x?upload_id={MARK}"}, json.dumps(answer).encode()
        )
        assert _is_clean(encoded(exchange)), encoded(exchange).decode()

    assert planter.planted > 100


@pytest.mark.parametrize("surface", SURFACES)
def test_no_text_of_any_error_is_kept(surface: str) -> None:
    definitions, planter, scrubber = load(surface), Planter(), Scrubber()

    for method in definitions.methods.values():
        path = SURFACES[surface] + re.sub(r"\{\w+\}", lambda _: planter.word(), method.path)
        detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": planter.text()}
        metadata = {planter.word(): planter.text(), "service": planter.text(), "consumer": f"projects/{NUMBER}"}
        error = {
            "code": 400,
            "message": f"Row: 3. {planter.text()}; {planter.text()} in {path}",
            "status": planter.text(),
            "errors": [{"message": planter.text(), "reason": planter.text(), planter.word(): planter.text()}],
            "details": [{**detail, "metadata": metadata}, {"fieldViolations": [{"field": planter.text()}]}],
        }
        exchange = scrubber.exchange(Request(method.verb, path), 400, {}, json.dumps({"error": error}).encode())
        assert _is_clean(encoded(exchange)), encoded(exchange).decode()


@pytest.mark.parametrize(
    "body",
    [
        MARK.encode(),
        f"<html>{MARK}</html>".encode(),
        json.dumps([{"heldSomewhere": MARK}]).encode(),
        json.dumps(MARK).encode(),
        f'data: {{"candidates": [{{"content": {{"parts": [{{"text": "{MARK}"}}]}}}}]}}\r\n\r\n'.encode(),
        b"\xff\xfe" + MARK.encode("utf-16"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/v1/somewhere/else", f"/{MARK}/{MARK}", "/v1beta/models/gemini-2.5-flash:streamGenerateContent"]
)
def test_whatever_is_no_method_or_no_json_is_not_kept_either(body: bytes, path: str) -> None:
    exchange = Scrubber().exchange(Request("POST", path, MARK, SECRETS, body), 200, SECRETS, body)

    assert _is_clean(encoded(exchange)), encoded(exchange).decode()


def test_an_upload_keeps_its_size_and_its_lines_alone() -> None:
    line = json.dumps({"contents": [{"parts": [{"text": MARK}]}]})
    described = json.dumps({"name": f"{MARK}/a.jsonl", "md5Hash": MARK, "metadata": {MARK: MARK}})
    parts = f"--b\r\ncontent-type: application/json\r\n\r\n{described}\r\n--b\r\n\r\n{line}\n{line}\r\n--b--".encode()
    headers = {"content-type": "multipart/related; boundary=b"}

    kept = Scrubber().exchange(
        Request("POST", f"/upload/storage/v1/b/{MARK}/o", "uploadType=multipart", headers, parts), 200, {}, b"{}"
    )

    assert _is_clean(encoded(kept))
    assert kept.request.media is not None
    assert kept.request.media.rows == 2


@given(
    st.recursive(
        st.text() | st.integers() | st.booleans(), lambda s: st.lists(s) | st.dictionaries(st.text(), s), max_leaves=20
    )
)
def test_any_json_can_be_scrubbed(value: Any) -> None:
    body = json.dumps({"error": value, "labels": value, "name": value}).encode()

    for status in (200, 400):
        exchange = Scrubber().exchange(
            Request("POST", "/v1/projects/p/locations/l/tuningJobs", "", {}, body), status, {}, body
        )
        assert encoded(exchange)


FOREIGN = "жщюλδψ秘密ñé"


@given(st.text(FOREIGN, min_size=2))
def test_no_letter_of_another_script_is_kept_anywhere(text: str) -> None:
    fields = {"filter": text, "orderBy": text, "updateMask": text, "pageToken": text, "prefix": text, text: text}
    body = {"labels": {text: text}, "displayName": text, text: text, "updateMask": text}
    error = {"error": {"code": 400, "message": f"Row 3: {text} is wrong ({text}).", "status": text, text: [text]}}
    path = f"/v1/projects/{quote(text)}/locations/{quote(text)}/models/{quote(text)}"

    for status, answer in ((200, body), (400, error)):
        request = Request("PATCH", path, urlencode(fields), {}, json.dumps(body).encode())
        kept = Scrubber().exchange(request, status, {}, json.dumps(answer).encode())
        assert not set(FOREIGN) & set(encoded(kept).decode())
        assert not set(FOREIGN) & set(unquote(kept.request.path))


@pytest.mark.parametrize(
    "text",
    [
        *("us-secret1", "storage#secret", "gemini-2.5-flash-secret", "system.Secret", "/secret", "labels.secret"),
        *(
            "type.googleapis.com/google.rpc.Secret",
            "projects/secret",
            "Secret",
            "SECRET",
            "secret@secret",
            "secret.jsonl",
        ),
    ],
)
def test_what_only_looks_public_is_not_kept(text: str) -> None:
    body = json.dumps({"displayName": text, "labels": {"a": text}, "description": f"x {text}"}).encode()
    query = urlencode({"filter": f"state={text}", "pageToken": text})

    kept = Scrubber().exchange(Request("GET", "/v1/projects/a/locations/us/models/1", query, {}, body), 200, {}, body)

    assert b"secret" not in encoded(kept).lower()


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:0:1::7", "10.1.2.3:443"])
def test_no_address_of_a_machine_is_kept(address: str) -> None:
    error = json.dumps({"error": {"code": 403, "message": f"Request from {address} is not allowed."}}).encode()

    kept = Scrubber().exchange(Request("GET", "/v1beta/tunedModels"), 403, {}, error)

    assert kept.answer.body["error"]["message"] == "Request from … is not allowed."


def test_the_same_has_the_same_pseudonym_wherever_it_stands() -> None:
    session = Session()

    work(session)

    made = next(e for e in session.recorder.exchanges if e.method == "vertex.tuningJobs.create")
    name = made.answer.body["name"]
    got = [e for e in session.recorder.exchanges if e.request.path == f"/v1/{name}"]
    assert got
    assert got[0].answer.body["name"] == name
    assert got[0].answer.body["labels"] == made.request.body["labels"]
    written = b"".join(map(encoded, session.recorder.exchanges))
    assert not [word for word in (b"acme", b"router of", b"helpdesk", b"comes after") if word in written]


def test_what_is_left_is_shown_and_what_stands_in_the_definitions_is_not() -> None:
    session = Session()

    work(session)

    left = texts_left(session.recorder.exchanges)
    assert any("does not exist" in text for text in left)
    assert not [text for text in left if text in ("JOB_STATE_SUCCEEDED", "trainingDatasetUri", "us-central1")]
    assert len(left) < 40, left


def test_the_order_of_times_stays_and_the_day_does_not() -> None:
    pseudonyms = Pseudonyms()

    moved = [pseudonyms.time(f"2026-11-30T10:00:0{n}.5Z") for n in (3, 1, 2)]

    assert moved == ["2000-01-01T00:00:00.5Z", "1999-12-31T23:59:58.5Z", "1999-12-31T23:59:59.5Z"]


def test_a_text_that_is_long_enough_to_be_refused_stays_so_long() -> None:
    assert len(expanded(Pseudonyms().of("x" * 41, "text"))) == 41
