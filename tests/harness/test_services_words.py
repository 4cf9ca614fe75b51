"""What the services call things stands in core/dialects, and in the adapters: everything else asks."""

from __future__ import annotations

import ast
import re

import pytest

from reconciler.core.dialects import DIALECTS
from tests.harness import services

WORDS = services.published_words()
ROOMS = ("apply", "cli", "datasets", "files", "gate", "library", "observe", "render", "session", "workflow")
"""All but core, which has a rule of its own, the adapters, and the emulator, which is the services."""

SPOKEN_IN_CORE = {
    "core/job_errors.py": "says who runs jobs in Google Cloud, in a sentence",
    "core/permissions.py": "says who uses keys in Google Cloud; `serviceAccount:` is how IAM writes a member",
    "core/generation.py": "settings of a question, which both services have by the same names",
}
"""Modules whose sentences have such a word, and why that is right."""
BRANCHES = {
    "workflow/dataset_files.py": "a format of data is called after the service that takes it",
    "library/datasets.py": "the same, as a default",
    "cli/commands/dataset/convert.py": "the same, as a default",
    "files/base_models_page.py": "a page has one section a service",
}


def _is_of_dialects(module: str) -> bool:
    return module == "core/dialect.py" or module.startswith("core/dialects/")


def _is_prose_about_codes(module: str) -> bool:
    """The tables of codes explain, to people who write these fields, what is wrong with them."""
    return module.startswith("core/codes_")


def _in_core(module: str, tree: ast.AST) -> list[str]:
    return [
        f"{module}:{line}: {word}"
        for line, text in services.texts(tree)
        for word in re.findall(r"\w+", text)
        if word in WORDS or word.lower() in DIALECTS or text in ("labels", "description")
    ]


def test_core_has_no_word_of_a_service_but_in_its_dialects() -> None:
    found = {
        module: words
        for module, tree in services.modules("core")
        if not (_is_of_dialects(module) or _is_prose_about_codes(module)) and (words := _in_core(module, tree))
    }

    assert {m: words for m, words in found.items() if m not in SPOKEN_IN_CORE} == {}
    assert found.keys() == SPOKEN_IN_CORE.keys(), "an exception that nobody needs any more"


def test_no_room_but_the_adapters_turns_on_the_name_of_a_service() -> None:
    found = {
        module: list(asked)
        for module, tree in services.modules(*ROOMS)
        if (asked := [f"{module}:{line}: {name}" for line, name in services.services_asked(tree)])
    }

    assert {m: asked for m, asked in found.items() if m not in BRANCHES} == {}
    assert found.keys() == BRANCHES.keys(), "an exception that nobody needs any more"


@pytest.mark.parametrize(
    "code",
    [
        'x = "baseModel"',
        'x = "a.supervisedTuningSpec"',
        'f"the Gemini API {x}"',
        'x["labels"]',
        'x == "JOB_STATE_FAILED"',
    ],
)
def test_a_word_of_a_service_in_core_is_found(code: str) -> None:
    assert _in_core("core/x.py", ast.parse(code))


@pytest.mark.parametrize("code", ["'''On Vertex AI.'''", 'x = "the spec"', 'def f():\n    """baseModel"""'])
def test_a_word_for_readers_alone_is_none(code: str) -> None:
    assert not _in_core("core/x.py", ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        'a.backend == "gemini"',
        'x = {"vertex": 1}',
        'find("vertex", base)',
        "dialect is VERTEX",
        "a.backend != GEMINI.name",
    ],
)
def test_a_branch_on_a_service_is_found(code: str) -> None:
    assert list(services.services_asked(ast.parse(code)))


def test_the_definitions_have_the_fields_that_dialects_name() -> None:
    """A dialect that misspells a field would ask for what is never there."""
    named = {
        word
        for dialect in DIALECTS.values()
        for method in dialect.methods
        for name in (
            *(dialect.base_model, dialect.parent_name, dialect.display_name, dialect.encryption),
            *(method.training_data, method.validation_data, method.epochs, method.adapter_size, method.evaluation),
            *(*dialect.other_methods, *dialect.not_training, *dialect.adapter_sizes),
        )
        for word in name.split(".")
        if word
    }

    assert named - WORDS - {"hyperparameters"} == set()
