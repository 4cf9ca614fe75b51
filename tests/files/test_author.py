"""Who runs this, by what a pipeline says of itself."""

from __future__ import annotations

import pytest

from reconciler.core.lock import Author
from reconciler.files.author import author_of

COMMIT = "0123456789abcdef" * 2 + "01234567"
GITHUB = {
    "GITHUB_ACTOR": "ada",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/models",
    "GITHUB_RUN_ID": "42",
}


def test_github_says_who_and_in_which_run() -> None:
    author = author_of(GITHUB, COMMIT)

    assert author == Author(actor="ada", commit=COMMIT, run_url="https://github.com/acme/models/actions/runs/42")


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        (
            {"CI_JOB_URL": "https://gitlab.com/j/7", "CI_PIPELINE_URL": "https://gitlab.com/p/1"},
            "https://gitlab.com/j/7",
        ),
        ({"CI_PIPELINE_URL": "https://gitlab.com/p/1"}, "https://gitlab.com/p/1"),
    ],
)
def test_gitlab_says_who_and_in_which_job(variables: dict[str, str], url: str) -> None:
    author = author_of({"GITLAB_USER_LOGIN": "grace", **variables}, "")

    assert author == Author(actor="grace", run_url=url)


def test_our_own_variables_go_before_those_of_a_pipeline() -> None:
    author = author_of({**GITHUB, "TUNEFORM_ACTOR": "release-bot", "TUNEFORM_RUN_URL": "https://ci/7"}, "")

    assert author == Author(actor="release-bot", run_url="https://ci/7")


def test_what_is_given_goes_before_all_variables() -> None:
    environment = {**GITHUB, "TUNEFORM_ACTOR": "release-bot"}

    author = author_of(environment, "", actor="linus", run_url="https://ci/8")

    assert author == Author(actor="linus", run_url="https://ci/8")


def test_a_run_of_which_half_is_known_has_no_address() -> None:
    author = author_of({"GITHUB_ACTOR": "ada", "GITHUB_RUN_ID": "42"}, "")

    assert author == Author(actor="ada")


def test_where_nothing_is_known_there_is_no_author() -> None:
    author = author_of({"TUNEFORM_ACTOR": "", "HOME": "/root"}, "")

    assert author is None


def test_what_a_person_decides_has_the_name_of_their_login_where_no_pipeline_says_it() -> None:
    login = {"USER": "sam"}

    assert author_of(login, "", by_hand=True) == Author(actor="sam")
    assert author_of({**login, "GITHUB_ACTOR": "ada"}, "", by_hand=True) == Author(actor="ada")
    assert author_of(login, "") is None


def test_a_variable_of_any_bytes_is_one_line_that_json_can_hold() -> None:
    author = author_of({"GITHUB_ACTOR": "a\ud800da\n::error::x\x1b[2J" + "y" * 1000}, "")

    assert author is not None
    assert author.actor.startswith("a?da ::error::x [2J")
    assert len(author.actor) == 500
