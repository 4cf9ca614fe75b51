"""`tuneform dataset`: what each command shows, writes and ends with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.render.schemas import schema
from tests.conftest import Golden
from tests.datasets_cli.conftest import Project, row, rows

BAD = (
    '{"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}\n'
    '{"contents": [{"role": "sales", "parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]}]}\n'
    "\n"
    '{"contents": [{"role": "user", "parts": [{"text": "unclosed"}\n'
)


@pytest.fixture
def bad(project: Project) -> Project:
    """A file with four mistakes after one good line."""
    project.write("bad.jsonl", row("secret question", "answer") + BAD)
    return project


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_check_in_every_form(bad: Project, form: str, golden: Golden) -> None:
    shown = bad.run(f"dataset check bad.jsonl --format {form}")

    assert (shown.code, shown.err) == (1, "")
    golden(f"check.{form}", shown.out)


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_forms_for_machines_quote_no_example(bad: Project, form: str) -> None:
    shown = bad.run(f"dataset check bad.jsonl --format {form}")

    assert "hello" not in shown.out
    assert "unclosed" not in shown.out


def test_the_text_form_points_at_the_place(bad: Project) -> None:
    lines = bad.run("dataset check bad.jsonl").out.splitlines()

    at = next(n for n, line in enumerate(lines) if line.startswith("bad.jsonl:3:"))
    excerpt, caret = next((lines[n], lines[n + 1]) for n in range(at, len(lines)) if lines[n + 1].strip() == "^")
    assert excerpt[caret.index("^") :].startswith('"sales"')


def test_what_looks_like_a_secret_is_pointed_at_and_never_shown(project: Project) -> None:
    project.write("a.jsonl", row("my key is AKIAABCDEFGHIJKLMNOP", "write to ann@acme.com"))

    for form in ("text", "json", "sarif", "github"):
        shown = project.run(f"dataset check a.jsonl --rule DATA930=error --rule DATA931=warning --format {form}")

        assert shown.code == 1
        assert "AWS access key id" in shown.out
        assert "AKIA" not in shown.out
        assert "ann@" not in shown.out


def test_several_files_are_told_in_their_order(project: Project) -> None:
    project.write("b.jsonl", rows(3))
    project.write("a.jsonl", rows(3))

    shown = project.run("dataset check b.jsonl a.jsonl")

    assert shown.code == 0
    assert shown.out.index("b.jsonl: Vertex") < shown.out.index("a.jsonl: Vertex")


@pytest.mark.parametrize(
    "command",
    [
        "dataset check none.jsonl",
        "dataset stats none.jsonl",
        "dataset convert none.jsonl",
        "dataset split none.jsonl",
    ],
)
def test_a_file_that_is_not_there_is_an_error_and_no_bug(project: Project, command: str) -> None:
    shown = project.run(command)

    assert shown.code == 1
    assert "none.jsonl" in shown.text
    assert "BUG" not in shown.text


@pytest.mark.parametrize("rule", ["DATA904", "DATA904=loud", "DATA000=off"])
def test_a_rule_written_wrongly_is_told(project: Project, rule: str) -> None:
    project.write("a.jsonl", rows(3))

    assert project.run(f"dataset check a.jsonl --rule {rule}").code in (1, 64)


def test_limits_are_those_of_the_base_model(project: Project) -> None:
    project.write("a.jsonl", row("x" * 200_000, "y"))

    small = project.run("dataset check a.jsonl --base-model gemini-1.5-pro-002")
    large = project.run("dataset check a.jsonl --base-model gemini-2.5-flash")

    assert "DATA902" in small.out or "DATA901" in small.out
    assert "32,000" in small.out
    assert "131,072" not in large.out


def test_a_workspaces_limits_count(project: Project) -> None:
    project.write("a.jsonl", row("x" * 2_000, "y"))
    project.workspace("  models: {gemini-2.5-flash: {limits: {tokensPerExample: 100}}}")

    shown = project.run("dataset check a.jsonl --base-model gemini-2.5-flash")

    assert "at most 100 are allowed" in shown.out


def test_an_object_is_checked_where_it_is(project: Project) -> None:
    uri = project.upload("acme-tuning/bad.jsonl", rows(2) + BAD)

    shown = project.run(f"dataset check {uri}")

    assert shown.code == 1
    assert f"{uri}:4:" in shown.out


def test_an_object_that_is_not_there_is_told(project: Project) -> None:
    shown = project.run("dataset check gs://acme-tuning/none.jsonl")

    assert shown.code == 1
    assert "gs://acme-tuning/none.jsonl" in shown.text
    assert "BUG" not in shown.text


def test_the_folder_of_the_workspace_is_where_files_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("deep/data/a.jsonl", rows(3))

    shown = project.run("-C deep dataset check data/a.jsonl")

    assert shown.code == 0, shown.text
    monkeypatch.chdir(project.folder)


# stats


def test_stats_are_a_page(project: Project, golden: Golden) -> None:
    labels = ("billing", "bug", "feature")
    text = "".join(row(f"question {'long ' * (n % 7)}{n}", labels[n % 3]) for n in range(200))
    project.write("a.jsonl", text)
    project.workspace("  prices: {gemini-3.5-flash: {train: 8 EUR/1M, asOf: 2026-11-01}}")

    shown = project.run("dataset stats a.jsonl --base-model gemini-3.5-flash")

    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 80
    golden("stats.text", shown.out)


def test_stats_of_a_file_with_errors_say_that_their_figures_are_none(project: Project) -> None:
    project.write("openai.jsonl", '{"messages": [{"role": "user", "content": "a"}]}\n')
    project.write("good.jsonl", rows(3))

    shown = project.run("dataset stats openai.jsonl")

    assert shown.code == 0
    assert "Errors\n  DATA301 Examples of another service\n  tuneform dataset check openai.jsonl\n" in shown.out
    assert "Errors" not in project.run("dataset stats good.jsonl").out


@pytest.fixture
def noisy(project: Project) -> Project:
    """Classes with some that may be wrong, and a refusal."""
    text = "".join(row(f"question {n}", ("billing", "bug")[n % 2]) for n in range(60))
    text += row("Where is my bill?", "billing") + row("where is my bill", "billing") + row("WHERE is my bill!", "bug")
    project.write("noisy.jsonl", text + row("odd", "refnud") + row("x", "I'm sorry, but I can't help with that."))
    return project


def test_stats_rank_what_there_is_to_look_at_by_lines(noisy: Project, golden: Golden) -> None:
    shown = noisy.run("dataset stats noisy.jsonl")

    assert shown.code == 0
    assert "WHERE is my bill" not in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    golden("stats_noisy.text", shown.out)


def test_stats_show_the_questions_to_who_asks_for_them(noisy: Project) -> None:
    shown = noisy.run("dataset stats noisy.jsonl --show-examples")

    assert "    WHERE is my bill!\n" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_stats_in_json_have_what_the_page_has_and_no_question(noisy: Project, golden: Golden) -> None:
    noisy.workspace("  prices: {gemini-3.5-flash: {train: 8 EUR/1M, asOf: 2026-11-01}}")

    shown = noisy.run("dataset stats noisy.jsonl --base-model gemini-3.5-flash --batch-size 4 --format json")

    assert shown.code == 0
    value = json.loads(shown.out)
    assert [e.message for e in Draft202012Validator(schema("dataset-stats")).iter_errors(value)] == []
    assert "WHERE" not in shown.out
    assert [(d["line"], d["other"], d["agreeing"]) for d in value["doubts"]] == [(63, "billing", 2)]
    assert value["training"]["epochs"][1]["steps"] == 33
    golden("stats_noisy.json", shown.out)


def test_stats_in_json_of_a_file_with_errors_name_the_rules(project: Project) -> None:
    project.write("openai.jsonl", '{"messages": [{"role": "user", "content": "a"}]}\n')

    value = json.loads(project.run("dataset stats openai.jsonl --format json").out)

    assert (value["ok"], value["errors"], value["counted"]) == (False, ["DATA301"], None)
    assert [e.message for e in Draft202012Validator(schema("dataset-stats")).iter_errors(value)] == []


def test_stats_in_json_have_the_count_of_the_service(project: Project) -> None:
    project.write("a.jsonl", rows(30))

    value = json.loads(project.run("dataset stats a.jsonl --exact --base-model gemini-2.5-flash --format json").out)

    assert value["counted"]["low"] == value["counted"]["high"] > 0
    assert value["counted"]["method"] != value["training"]["method"]


def test_examples_are_shown_to_people_alone(noisy: Project) -> None:
    assert noisy.run("dataset stats noisy.jsonl --show-examples --format json").code == 64


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_classes_that_may_be_wrong_are_notes_of_the_check(noisy: Project, form: str) -> None:
    shown = noisy.run(f"dataset check noisy.jsonl --format {form}")

    assert shown.code == 0
    for rule in ("DATA932", "DATA933", "DATA934"):
        assert rule in shown.out
    if form != "text":
        assert "refnud" not in shown.out
        assert "sorry, but" not in shown.out
    assert "DATA933" not in noisy.run(f"dataset check noisy.jsonl --rule DATA933=off --format {form}").out


# convert


def test_what_a_conversion_loses_is_told_once_with_how_often(project: Project) -> None:
    project.write("pairs.jsonl", "".join(json.dumps({"prompt": n, "completion": "a", "id": n}) + "\n" for n in "abc"))

    shown = project.run("dataset convert pairs.jsonl")

    assert shown.code == 0
    assert shown.err == (
        "pairs.jsonl: taken for prompt and completion\n"
        "pairs.jsonl:1: id of the example was dropped, and in 2 more\n"
        "3 converted, 0 not.\n"
    )


def test_what_a_file_was_taken_for_is_told_once_and_rows_of_another_kind_are_named(project: Project) -> None:
    alpaca, pair = {"instruction": "q", "output": "a"}, {"question": "q", "answer": "a"}
    project.write("mixed.jsonl", "".join(json.dumps(row) + "\n" for row in (pair, *[alpaca] * 9, *[pair] * 7)))

    shown = project.run("dataset convert mixed.jsonl --out o.jsonl")

    assert shown.code == 0
    assert shown.err == (
        "mixed.jsonl: taken for Alpaca instructions\n"
        "mixed.jsonl:1: taken for questions and answers: 8 rows (1, 11, 12, 13, 14 and 3 more)\n"
        "17 converted, 0 not.\n"
    )


def test_what_was_mended_is_told_once_with_how_often(project: Project) -> None:
    project.write("x.jsonl", "\ufeff" + "".join(json.dumps({"question": n, "answer": "a"}) + ",\r\n" for n in "abc"))

    shown = project.run("dataset convert x.jsonl --out o.jsonl")

    assert shown.code == 0
    assert shown.err.splitlines() == [
        "x.jsonl: taken for questions and answers",
        "x.jsonl:1: a byte order mark in front of it was left out",
        "x.jsonl:1: the CR of its line end was left out, and in 2 more",
        "x.jsonl:1: a comma behind it was left out, and in 2 more",
        "3 converted, 0 not.",
    ]
    assert project.run("dataset check o.jsonl").code == 0


def test_columns_are_mapped_by_the_command(project: Project) -> None:
    project.write("faq.csv", "Frage;Antwort\nq;a\n")

    good = project.run("dataset convert faq.csv --map question=Frage --map answer=Antwort")
    wrong = project.run("dataset convert faq.csv --map question=Frage --map answer=Antwrt --out o.jsonl")

    assert good.code == 0
    assert json.loads(good.out)["contents"][0]["parts"] == [{"text": "q"}]
    assert wrong.code == 1
    assert 'No column "Antwrt"; there are: "Frage", "Antwort".' in wrong.err
    assert 'Did you mean "Antwort"?' in wrong.err
    assert not (project.folder / "o.jsonl").exists()
    assert project.run("dataset convert faq.csv --map question=Frage --map answer=x --from openai-chat").code == 64


def test_a_reason_is_told_with_its_first_lines_and_counted(project: Project) -> None:
    project.write("empty.jsonl", '{"messages": []}\n' * 25)

    shown = project.run("dataset convert empty.jsonl")

    assert shown.code == 1
    assert shown.err.splitlines()[-3:] == [
        "empty.jsonl:20: not converted: There are no messages.",
        "empty.jsonl: and 5 more: not converted: There are no messages.",
        "0 converted, 25 not.",
    ]


def test_a_conversion_of_nothing_is_no_success(project: Project) -> None:
    project.write("empty.jsonl", "")

    shown = project.run("dataset convert empty.jsonl")

    assert shown.code == 1
    assert shown.err == "empty.jsonl: it holds no examples\n0 converted, 0 not.\n"


def test_keys_of_the_data_cannot_move_the_cursor(project: Project) -> None:
    project.write("bad.jsonl", '{"a\\u001b[31m\\u202e": 1}\n')

    shown = project.run("dataset convert bad.jsonl")

    assert "a\\x1b[31m" in shown.err
    assert not any(c in shown.err for c in "\x1b\u202e")


def test_a_conversation_becomes_messages_for_an_open_model(project: Project) -> None:
    project.write("a.jsonl", rows(3))

    shown = project.run("dataset convert a.jsonl --to open-model --out messages.jsonl")

    assert shown.code == 0
    assert project.run("dataset check messages.jsonl --method open-model").code == 0


def test_convert_writes_to_stdout_and_tells_what_it_left_on_stderr(project: Project) -> None:
    good = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    project.write("openai.jsonl", json.dumps(good) + "\n" + json.dumps({"messages": []}) + "\n")

    shown = project.run("dataset convert openai.jsonl")

    assert shown.code == 1
    assert [json.loads(line)["contents"][1]["role"] for line in shown.out.splitlines()] == ["model"]
    assert "openai.jsonl:2: not converted: " in shown.err
    assert shown.err.endswith("1 converted, 1 not.\n")


def test_what_is_converted_passes_the_check(project: Project) -> None:
    project.write("pairs.csv", 'text_input,output\n1,2\n"three, ""3""",4\n')

    converted = project.run("dataset convert pairs.csv --out new/pairs.jsonl")

    assert converted.code == 0
    assert project.run("dataset check new/pairs.jsonl").code == 0


def test_a_format_that_does_not_exist_is_told_with_those_that_do(project: Project) -> None:
    project.write("a.jsonl", rows(3))

    shown = project.run("dataset convert a.jsonl --from magic")

    assert shown.code == 1
    assert "RUN016" in shown.text
    assert "openai" in shown.text


# split


def test_a_split_is_the_same_each_time_and_loses_nothing(project: Project) -> None:
    text = rows(500)
    project.write("all.jsonl", text)

    first = project.run("dataset split all.jsonl --validation 0.2")
    sides = [Path(f"all.{side}.jsonl").read_text(encoding="utf-8") for side in ("train", "validation")]
    again = project.run("dataset split all.jsonl --validation 0.2 --train-out t.jsonl --validation-out v.jsonl")

    assert (first.code, again.code) == (0, 0)
    assert [Path(name).read_text(encoding="utf-8") for name in ("t.jsonl", "v.jsonl")] == sides
    assert sorted("".join(sides).splitlines()) == sorted(text.splitlines())
    assert 60 <= len(sides[1].splitlines()) <= 140


def test_a_line_stays_on_its_side_when_others_come(project: Project) -> None:
    project.write("all.jsonl", rows(200))
    project.run("dataset split all.jsonl")
    before = set(Path("all.validation.jsonl").read_text(encoding="utf-8").splitlines())
    project.write("all.jsonl", rows(50, first="new") + rows(200))

    project.run("dataset split all.jsonl")

    assert before <= set(Path("all.validation.jsonl").read_text(encoding="utf-8").splitlines())


def test_a_split_that_leaves_a_side_empty_says_so(project: Project) -> None:
    project.write("all.jsonl", rows(2))

    shown = project.run("dataset split all.jsonl --validation 0.0001")

    assert shown.code == 1
    assert "all.validation.jsonl: no line fell to it." in shown.err


@pytest.mark.parametrize("options", ["--train-out all.jsonl", "--train-out a.jsonl --validation-out ./a.jsonl"])
def test_a_split_into_one_file_loses_nothing(project: Project, options: str) -> None:
    project.write("all.jsonl", rows(50))

    shown = project.run(f"dataset split all.jsonl {options}")

    assert shown.code == 1
    assert "RUN016" in shown.err
    assert Path("all.jsonl").read_text(encoding="utf-8") == rows(50)


def test_another_seed_is_another_split(project: Project) -> None:
    project.write("all.jsonl", rows(200))

    project.run("dataset split all.jsonl --validation-out a.jsonl")
    project.run("dataset split all.jsonl --validation-out b.jsonl --seed other --force")

    assert Path("a.jsonl").read_text(encoding="utf-8") != Path("b.jsonl").read_text(encoding="utf-8")


# what is said once


@pytest.mark.parametrize("command", ["check", "stats"])
def test_a_base_model_that_nobody_knows_is_told_with_the_nearest_name(project: Project, command: str) -> None:
    project.write("all.jsonl", rows(120))

    shown = project.run(f"dataset {command} all.jsonl --base-model gemini-2.5-flahs")
    known = project.run(f"dataset {command} all.jsonl --base-model gemini-2.5-flash")

    assert (shown.code, shown.err.count("PLAN114"), "Did you mean gemini-2.5-flash?" in shown.err) == (0, 1, True)
    assert "PLAN114" not in known.text


@pytest.mark.parametrize("form", ["text", "sarif", "github"])
def test_what_many_specs_say_of_one_file_is_said_once(project: Project, form: str) -> None:
    for n in range(30):
        project.model(f"m{n}")

    shown = project.run(f"validate --format {form}")

    assert (shown.code, shown.out.count("of the 100 that are a recommended start")) == (0, 1)


def test_a_split_by_class_prints_what_each_class_has(project: Project) -> None:
    project.write("all.jsonl", "".join(row(f"question {n}", "billing" if n % 4 else "bug") for n in range(200)))

    shown = project.run("dataset split all.jsonl --validation 0.2 --test 0.1")

    assert shown.code == 0
    *paths, empty, head, billing, bug = shown.out.splitlines()
    assert [path.partition("  ")[0] for path in paths] == ["all.train.jsonl", "all.validation.jsonl", "all.test.jsonl"]
    assert (empty, head.split()) == ("", ["class", "train", "validation", "test"])
    name, *counts = billing.split()
    assert (name, sum(map(int, counts))) == ("billing", 150)
    assert abs(int(counts[1]) - 30) <= 1
    assert abs(int(bug.split()[3]) - 5) <= 1
    written = [
        Path(name).read_text(encoding="utf-8").count("bug") for name in ("all.validation.jsonl", "all.test.jsonl")
    ]
    assert list(map(int, bug.split()[2:])) == written


def test_an_object_is_split_by_class_as_well(project: Project) -> None:
    uri = project.upload("acme-tuning/all.jsonl", rows(40) + rows(40, first="other", answer="bug"))

    shown = project.run(f"dataset split {uri}")

    assert shown.code == 0, shown.text
    assert "billing" in shown.out
    assert Path("all.validation.jsonl").exists()


def test_a_split_by_lines_alone_is_that_of_before(project: Project) -> None:
    """By sha256 of the line: written down once, so that no version moves examples of anybody's to the other side."""
    project.write("all.jsonl", "".join(f'{{"n": {n}}}\n' for n in range(40)))

    shown = project.run("dataset split all.jsonl --validation 0.25 --by line --stratify off")

    assert shown.code == 0
    chosen = [json.loads(line)["n"] for line in Path("all.validation.jsonl").read_text(encoding="utf-8").splitlines()]
    assert chosen == [n for n in range(40) if hashlib.sha256(f'{{"n": {n}}}'.encode()).digest()[0] < 64]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("--validation 0.6 --test 0.4", 64, "leave nothing to train on"),
        ("--test-out t.jsonl", 64, "say its share with --test"),
        ("--test 1.5", 64, "--test"),
        ("--stratify categry", 1, "RUN091"),
        ("--test 0.1 --test-out all.validation.jsonl", 1, "one file for two"),
    ],
)
def test_a_split_that_cannot_be_is_told_and_leaves_nothing(
    project: Project, options: str, code: int, words: str
) -> None:
    project.write("all.jsonl", rows(40))

    shown = project.run(f"dataset split all.jsonl {options}")

    assert shown.code == code
    assert words in shown.err
    assert [path.name for path in project.folder.glob("*.jsonl")] == ["all.jsonl"]


def test_a_third_part_overwrites_nothing_either(project: Project) -> None:
    project.write("all.jsonl", rows(200))
    project.write("all.test.jsonl", "precious")

    refused = project.run("dataset split all.jsonl --test 0.1")
    forced = project.run("dataset split all.jsonl --test 0.1 --force")

    assert (refused.code, "RUN029" in refused.err) == (1, True)
    assert not (project.folder / "all.train.jsonl").exists() or forced.code == 0
    assert "precious" not in Path("all.test.jsonl").read_text(encoding="utf-8")
