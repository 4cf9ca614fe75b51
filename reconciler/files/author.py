"""Who runs this, and where the run can be looked at, by what a pipeline says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.core.lock import Author

_ACTORS = ("TUNEFORM_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN")
_LOGINS = ("USER", "USERNAME")
_RUNS = ("TUNEFORM_RUN_URL", "CI_JOB_URL", "CI_PIPELINE_URL")
_GITHUB_RUN = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
"""https://docs.github.com/actions/reference/workflows-and-actions/variables, read 2026-11-30; GitLab's are those of
https://docs.gitlab.com/ci/variables/predefined_variables/."""
_LONGEST = 500
"""Characters of each: it is for people, and stands in the lock for good."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def author_of(
    environment: Mapping[str, str], commit: str, *, actor: str = "", run_url: str = "", by_hand: bool = False
) -> Author | None:
    """What is given goes before our own variables, and these before those of GitHub and GitLab; None: nothing is known.

    `commit` is that of the specs (files/commit.py). What a person decides `by_hand` has the name of their login where
    nothing else says who it is.
    """
    named = actor or _first(environment, _ACTORS) or (_first(environment, _LOGINS) if by_hand else "")
    url = run_url or _first(environment, _RUNS[:1]) or _github_run(environment) or _first(environment, _RUNS[1:])
    found = Author(actor=one_line(named), commit=commit, run_url=one_line(url))
    return None if found == Author() else found


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := environment.get(name, ""))), "")


def _github_run(environment: Mapping[str, str]) -> str:
    server, repository, run = (environment.get(name, "") for name in _GITHUB_RUN)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def one_line(text: str) -> str:
    """On one line, and such as JSON can hold: a variable may be any bytes."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub(" ", valid).strip()[:_LONGEST]
