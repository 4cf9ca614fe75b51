from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.settings import Price
from reconciler.datasets import Finding, RuleSet, Source, check, report, stats
from reconciler.datasets.excerpt import WIDTH, excerpt, read_at
from tests.datasets.rows import checked, example, examples, lines, place, turn

if TYPE_CHECKING:
    from tests.conftest import Golden

SECRET = "the customer's own words"


def written(folder: Path, data: bytes) -> Source:
    path = folder / "train.jsonl"
    path.write_bytes(data)
    return Source.file(path, "data/train.jsonl")


MIXED = (
    examples(2)
    + lines({"contents": [turn("user", "数据模型 \u202e2"), turn("assistant", "4")]})
    + b"{'contents': []}\r\n"
    + lines(*(example(f"{n}", "a", id=n) for n in range(8)))
)


def test_the_text_shows_the_piece_of_the_line_with_a_caret(tmp_path: Path, golden: Golden) -> None:
    source = written(tmp_path, MIXED.replace(b"\\u202e", "\u202e".encode()))
    assert source.path is not None

    text = report.text(check(source), read_at(source.path))

    golden("report.txt", text)


def test_a_caret_stands_below_what_it_is_about(tmp_path: Path) -> None:
    line = lines({"contents": [turn("user", "x" * 5_000), turn("assistant", "4")]})
    source = written(tmp_path, line)
    assert source.path is not None
    (finding,) = (f for f in check(source).findings if f.rule == "DATA312")

    piece, caret = excerpt(finding, read_at(source.path))

    assert len(piece) <= WIDTH
    assert piece[len(caret) - 1 :].startswith('"assistant"')


def test_what_could_move_the_cursor_is_escaped(tmp_path: Path) -> None:
    bad = b'{"contents": \x1b[31m\x07 \xe2\x80\xae}\n'
    source = written(tmp_path, bad)
    assert source.path is not None

    text = report.text(check(source), read_at(source.path))

    assert "\\u001b[31m\\u0007 \\u202e" in text
    assert not any(c in text for c in "\x1b\x07\u202e")


def test_no_format_but_the_text_has_words_of_the_data() -> None:
    rows = lines(example(SECRET, SECRET, id=SECRET), {"contents": [turn(SECRET, SECRET)]})
    result = checked(rows + f'{{"{SECRET}": "{SECRET}'.encode())
    as_role = place(result, "DATA312")

    outputs = (report.json_text([result]), report.sarif([result], "0.1"), report.github([result]))

    assert as_role[0] == 2
    for output in outputs:
        assert output.count(SECRET) <= 1 + output.count(f'\\"{SECRET}\\"')


def test_json_has_a_version_and_every_figure() -> None:
    result = checked(MIXED)

    document = json.loads(report.json_text([result]))

    (file,) = document["files"]
    assert document["format_version"] == "1.0"
    assert file["counts"] == dict(result.counts)
    assert file["identity"] == {
        "sha256": result.identity.sha256,
        "crc32c": result.identity.crc32c,
        "size": len(MIXED),
    }
    assert file["tokens"]["low"] <= file["tokens"]["likely"] <= file["tokens"]["high"]
    assert file["findings"][1] | {"fix": ""} == {
        "rule": "DATA312",
        "severity": "error",
        "title": "Unknown role",
        "detail": '"assistant". The model\'s role is "model".',
        "fix": "",
        "line": 3,
        "column": place(result, "DATA312")[1],
        "path": "contents[1].role",
    }


def test_sarif_points_at_lines_and_explains_its_rules() -> None:
    document = json.loads(report.sarif([checked(MIXED, name="my data/train.jsonl")], "0.1"))

    (run,) = document["runs"]
    result = next(r for r in run["results"] if r["ruleId"] == "DATA201")
    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "DATA201"
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20data/train.jsonl"},
        "region": {"startLine": 4, "startColumn": 2},
    }


def test_annotations_are_escaped_for_github() -> None:
    result = checked(b'{"contents": []}\n', RuleSet.of("sft"), name="a,b:c%.jsonl")

    text = report.github([result])

    assert (
        "::error file=a%2Cb%3Ac%25.jsonl,title=DATA310 No turns,line=1,col=14::contents "
        "Give at least a user turn and the answer to learn.\n"
    ) in text


def test_a_finding_of_a_whole_file_has_no_line() -> None:
    finding = Finding("DATA103", checked(b"").findings[0].severity, "No examples")

    assert str(finding.diagnostic("train.jsonl").where) == "train.jsonl"


def test_the_page_of_figures(golden: Golden) -> None:
    data = examples(300) + lines(*(example("word " * n, "yes") for n in range(1, 200)))

    page = stats(checked(data), price=Price(5, "USD", "2026-03-01"))

    golden("stats.txt", page)
    assert max(map(len, page.splitlines())) <= 80


def test_the_page_in_ascii_and_without_a_price(golden: Golden) -> None:
    data = lines(*({"text_input": f"is {n} even", "output": "yes" if n % 2 else "no"} for n in range(40)))

    page = stats(checked(data), unicode=False, epochs=(5,))

    golden("stats.ascii.txt", page)
    assert page.isascii()


def test_the_page_of_an_empty_file_is_short() -> None:
    assert stats(checked(b"")).startswith("train.jsonl\n  Vertex AI supervised tuning · 0 examples · 0 bytes\n")


def test_a_name_in_sarif_is_a_uri() -> None:
    document = json.loads(report.sarif([checked(b"{\n", name="dir/a#b ü?.jsonl")], "1"))

    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "dir/a%23b%20%C3%BC%3F.jsonl"


def test_a_file_of_another_format_is_not_said_to_be_empty() -> None:
    bison = lines(*({"input_text": f"{n}", "output_text": "a"} for n in range(3)))

    assert "3 lines, none of them read as an example, " in report.summary(checked(bison))
