"""What holds for every test: no network but loopback, hypothesis profiles, golden files."""

from __future__ import annotations

import enum
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.conformance.summary"]

settings.register_profile("local", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=150, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


class Golden(Protocol):
    """Compares `text` with the golden file `name`, which lies in `golden/` beside the test."""

    def __call__(self, name: str, text: str) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files")


def pytest_configure() -> None:
    # An audit hook sees every socket of the interpreter, whichever library opens it.
    sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True)
def _no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pipeline says of itself is nothing about the workspaces of its tests."""
    commits = ("GITHUB_SHA", "CI_COMMIT_SHA")
    actors = ("TUNEFORM_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN")
    runs = ("TUNEFORM_RUN_URL", "GITHUB_RUN_ID", "CI_JOB_URL", "CI_PIPELINE_URL")
    for name in (*commits, *actors, *runs):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_name_of_a_member_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """`Action.CREATE` is a word of the program; people are shown its value."""
    shown = enum.Enum.__str__

    def refused(member: enum.Enum) -> str:
        assert not type(member).__module__.startswith("reconciler."), f"{member!r} in a text, where its word is meant"
        return shown(member)

    monkeypatch.setattr(enum.Enum, "__str__", refused)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    folder = request.path.parent / "golden"
    updating = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        __tracebackhide__ = True
        file = folder / name
        before = file.read_text(encoding="utf-8") if file.exists() else None
        if updating and before != text:
            _write(file, text)
        elif not updating:
            assert before is not None, f"{file} is missing: run pytest --update-golden and read what it wrote"
            assert text == before

    return compare


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        _refuse_unless_loopback(_host_of(args[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _refuse_unless_loopback(args[0])


def _host_of(address: object) -> object:
    """The host of an IP address; None for what never leaves the machine, such as a unix socket's path."""
    return address[0] if isinstance(address, tuple) and address else None


def _refuse_unless_loopback(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or _is_loopback(name):
        return
    # Never resolves (RFC 6761): how a test meets a DNS failure without asking a resolver.
    if name.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    # Not an Exception: code that answers network errors must not answer this one.
    pytest.fail(f"a test tried to reach {name!r}; only loopback is allowed")


def _is_loopback(name: str) -> bool:
    if name in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
