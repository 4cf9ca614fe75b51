"""A file that holds no examples is called what it is, and says what to do about it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import Format, NotConverted, Source, Split, UnreadableError, Wish, check, convert
from reconciler.datasets.container import Container, container_of
from reconciler.datasets.known_files import known_file
from reconciler.datasets.report import text as text_report
from tests.datasets.rows import checked, example, examples, lines, place, turn

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROWS = examples(30)


def _tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("data/train.jsonl")
        entry.size = len(_ROWS)
        archive.addfile(entry, io.BytesIO(_ROWS))
    return made.getvalue()


def _zip(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * 20)
    return made.getvalue()


def _png() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


_ODS = b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"

FILES: dict[str, tuple[bytes, str, str]] = {
    "gzip": (gzip.compress(_ROWS), "DATA102", "It is gzip."),
    "bzip2": (bz2.compress(_ROWS), "DATA102", "It is bzip2."),
    "xz": (lzma.compress(_ROWS), "DATA102", "It is xz."),
    "lzma": (lzma.compress(_ROWS, lzma.FORMAT_ALONE), "DATA102", "It is lzma."),
    "zip": (_zip("train.jsonl"), "DATA102", "It is zip."),
    "tar": (_tar(), "DATA115", "a tar archive. Unpack it."),
    "xlsx": (
        _zip("[Content_Types].xml", "xl/workbook.xml"),
        "DATA115",
        "an Excel workbook (xlsx). Save its sheet as CSV",
    ),
    "docx": (_zip("[Content_Types].xml", "word/document.xml"), "DATA115", "a Word document"),
    "ods": (_ODS, "DATA115", "an OpenDocument file"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "DATA115", "an old Office file"),
    "parquet": (b"PAR1\x15\x04\x15" + b"\0" * 40 + b"PAR1", "DATA115", "Apache Parquet. Export"),
    "avro": (b"Obj\x01\x04\x14avro.codec\x08null", "DATA115", "Apache Avro"),
    "orc": (b"ORC\x11\x00\x00" * 9, "DATA115", "Apache ORC"),
    "arrow": (b"ARROW1\0\0" + b"\xff" * 9, "DATA115", "Apache Arrow"),
    "sqlite": (b"SQLite format 3\0" + b"\0" * 90, "DATA115", "an SQLite database"),
    "pickle": (pickle.dumps([{"text": "a"}]), "DATA115", "a Python pickle"),
    "png": (_png(), "DATA115", "a PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "DATA115", "a JPEG image"),
    "gif": (b"GIF89a\1\0\1\0", "DATA115", "a GIF image"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 ", "DATA115", "a WebP image"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt ", "DATA115", "a WAV recording"),
    "mp4": (b"\0\0\0\x18ftypisom\0\0\2\0", "DATA115", "a video, a recording or an image"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "DATA115", "a PDF"),
    "a Git LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "DATA115",
        "git lfs pull",
    ),
    "a DVC pointer": (
        b"outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 3\n  path: d.jsonl\n",
        "DATA115",
        "dvc pull",
    ),
    "a git-annex pointer": (b"/annex/objects/SHA256E-s3--ab.jsonl\n", "DATA115", "git annex get"),
    "an unresolved merge": (b"<<<<<<< HEAD\n" + _ROWS + b"=======\n", "DATA115", "Resolve the merge"),
    "a web page": (b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title>", "DATA115", "a log-in or an error"),
    "XML": (b'<?xml version="1.0"?>\n<rows/>', "DATA115", "XML"),
    "unknown bytes": (bytes(range(0x01, 0x20)) * 9, "DATA115", "binary data of a kind that is not known"),
    "zeros": (b"\0" * 4096, "DATA115", "binary data of a kind that is not known"),
    "UTF-16 with a mark": (_ROWS.decode().encode("utf-16"), "DATA110", "It is UTF-16."),
    "UTF-16 without": (_ROWS.decode().encode("utf-16-le"), "DATA110", "It is UTF-16."),
    "UTF-16, the other way": (_ROWS.decode().encode("utf-16-be"), "DATA110", "It is UTF-16."),
    "UTF-32": (_ROWS.decode().encode("utf-32"), "DATA110", "It is UTF-32."),
    "UTF-32 without a mark": (_ROWS.decode().encode("utf-32-be"), "DATA110", "It is UTF-32."),
    "prompts in a list": (b'["What is 2+2?", "What is 3+3?"]', "DATA300", "a list of texts"),
    "prompts in a list of lines": (b'[\n  "What is 2+2?",\n  "What is 3+3?"\n]\n', "DATA300", "a list of texts"),
    "prompts as lines": (b"What is 2+2?\nWhat is 3+3?\n", "DATA300", "plain text"),
    "addresses": (b"gs://acme/1.png\ngs://acme/2.png\n", "DATA300", "a list of addresses"),
    "CSV under another name": (b"text_input,output\nq,a\n", "DATA300", "has to end in .csv"),
    "YAML": (b"examples:\n- q: a\n", "DATA300", "YAML"),
    "a corpus": (lines({"text": "some text"}, {"text": "more"}), "DATA300", "A text corpus"),
    "a corpus with ids": (lines({"_id": "1", "title": "t", "text": "some text"}), "DATA300", "A text corpus"),
    "prompts": (lines({"id": 1, "prompt": "What is 2+2?"}), "DATA300", "Prompts without answers"),
    "labels": (lines({"text": "t", "rationale": "r", "label": "x"}), "DATA300", "Texts with labels"),
    "rationales": (lines({"rationale": "r", "label": "x"}), "DATA300", "Texts with labels"),
    "an arena": (lines({"prompt": "q", "response_a": "a", "response_b": "b"}), "DATA300", "several answers"),
    "a job": (lines({"name": "n", "labels": {}, "baseModel": "m"}), "DATA300", "Nothing in it is a question"),
    "questions and answers": (
        lines({"question": "q", "prompt": "p", "answer": "a"}),
        "DATA300",
        "--map question=prompt --map answer=answer",
    ),
    "instructions": (
        lines({"instruction": "q", "query": "", "ideal": "a"}),
        "DATA300",
        "--map question=query --map answer=ideal",
    ),
    "other conversations": (
        lines({"conversations": ["q", "a"]}),
        "DATA300",
        "under other names",
    ),
    "a misspelt key": (
        lines({"content": [turn("user", "q"), turn("model", "a")], "x": 1, "y": 2, "z": 3}),
        "DATA300",
        '"contents"?',
    ),
    "a wrapper": (json.dumps({"examples": [example()]}).encode(), "DATA300", 'below "examples"'),
    "a batch": (lines({"custom_id": "1", "body": {"messages": []}}), "DATA300", "requests of a batch"),
    "requests": (lines({"request": example()}), "DATA300", "requests of a batch"),
    "reinforcement": (
        lines({"messages": [{"role": "user", "content": "q"}], "reference_answer": "a"}),
        "DATA300",
        "reinforcement tuning",
    ),
    "a graded answer": (
        lines({"messages": [{"role": "developer", "content": "q"}], "ground_truth": 5}),
        "DATA300",
        "reinforcement tuning",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_it_is_named_once_and_counted_as_nothing(name: str) -> None:
    data, rule, words = FILES[name]

    result = checked(data)

    errors = [f for f in result.findings if f.rule == rule]
    assert [words in f.detail for f in errors] == [True], result.findings
    assert result.counts.keys() <= {rule, "DATA113"}
    assert (result.examples, result.ok) == (0, False)
    assert "tokens" not in text_report(result).splitlines()[-1]
    assert "Vertex AI" not in text_report(result).splitlines()[-1]


@pytest.mark.parametrize("name", FILES)
def test_convert_and_split_say_the_same(name: str) -> None:
    data, rule, words = FILES[name]

    first, *_ = convert(Source.stream([data], "x.jsonl"), Format.VERTEX_SFT)

    assert isinstance(first, NotConverted)
    if rule != "DATA300" or "{" not in data.decode(errors="replace"):
        assert words in first.reason
        with pytest.raises(UnreadableError, match=r"\w"):
            list(Split(lambda: Source.stream([data], "x.jsonl"), Wish(0.5)).lines())


@pytest.mark.parametrize("name", ["tar", "png", "parquet", "xlsx", "a Git LFS pointer"])
@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl"])
def test_the_name_of_the_file_does_not_matter(name: str, ending: str) -> None:
    data, rule, _ = FILES[name]

    assert set(checked(data, name=f"x{ending}").counts) == {rule}


_WORDS = (
    "ustar",
    "RIFF....WAVE",
    "WEBP",
    "ftyp",
    "ID3",
    "ORC",
    "PAR1",
    "BZh9",
    "md5: ",
    "<html>",
    "%PDF-",
    "version",
    "Obj",
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=9), st.sampled_from(_WORDS) | st.text()), min_size=1
    ),
    st.booleans(),
)
def test_json_lines_are_never_taken_for_anything_else(rows: list[dict[str, Any]], is_ascii: bool) -> None:
    data = "".join(json.dumps(row, ensure_ascii=is_ascii) + "\n" for row in rows).encode(errors="surrogatepass")

    assert known_file(data) is None
    assert container_of(data, is_table=False) in (Container.LINES, Container.DOCUMENT)


@given(st.binary(min_size=1, max_size=600))
def test_no_bytes_end_in_an_exception(data: bytes) -> None:
    result = checked(data)
    list(convert(Source.stream([data], "x"), Format.VERTEX_SFT))

    assert set(result.counts)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"contents": [{"role": "user", "parts": [{"text": "q"}]},]}', "A comma stands in front of } or ]"),
        (b'{"contents": [], }', "A comma stands in front of } or ]"),
        (b'{"contents": [{"role": "user"},,{}]}', "of another comma"),
        (b'{"a": 1},\n{"a": 2},', "A comma follows the object"),
        (b'{"a": 1}{"a": 2}', "Another object follows"),
        (b'{"a": 1}, {"a": 2}', "Another object follows"),
        (b'{"a": 1}\r{"a": 2}\r', "CR alone"),
        (b'{"a": 1}\\n{"a": 2}\\n', "stand where a line should end"),
        ("{“a”: 1}".encode(), "curly quotation mark"),
        (b"{'a': 1}", "double quotes"),
        (b'{"a": 1}\n<<<<<<< HEAD\n{"a": 2}', "unresolved merge"),
        (b'[\n{"a": 1},\n]', "The last comma is one too many"),
        (b'[\n{"a": 1},\n', "The list has no end"),
        (b'[\n{"a": 1}\n', "The list has no end"),
    ],
)  # fmt: skip
def test_a_slip_of_syntax_has_words(data: bytes, words: str) -> None:
    result = checked(data)

    assert any(words in finding.detail for finding in result.findings), result.findings


def _rules(data: Iterable[bytes]) -> set[str]:
    return set(check(Source.stream(data, "x.jsonl")).counts)


def test_only_cr_lf_is_called_the_line_end_of_windows() -> None:
    assert "DATA105" not in _rules([_ROWS.replace(b"\n", b"\r")])
    assert "DATA105" not in _rules([_ROWS.replace(b"\n", b" \n")])
    assert "DATA105" in _rules([_ROWS.replace(b"\n", b"\r\n")])


@pytest.mark.parametrize("size", [7, 1 << 20])
def test_a_byte_of_latin_1_in_a_table_has_its_place(size: int) -> None:
    data = b'text_input,output\nq,a\n"two\nlines",a\nM\xc3\xbc,Sch\xf6n\n'
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    result = check(Source.stream(pieces, "x.csv"))

    assert place(result, "DATA110")[:2] == (5, 7)
    assert result.examples == 2


def test_a_table_that_ends_inside_a_character_has_its_place() -> None:
    result = check(Source.stream([b"text_input,output\nq,\xc3"], "x.csv"))

    assert place(result, "DATA110")[:2] == (2, 3)


def test_good_rows_below_strange_ones_are_told() -> None:
    result = checked(lines({"text": "t"}) * 60 + lines(example()))

    assert set(result.counts) == {"DATA300", "DATA303"}
