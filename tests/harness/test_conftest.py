"""The harness itself: what it refuses, and that golden files can fail."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

TEST_NET = "192.0.2.1"  # reserved for documentation (RFC 5737)


def test_a_connection_beyond_loopback_fails_the_test() -> None:
    with socket.socket() as sock, pytest.raises(pytest.fail.Exception, match=TEST_NET):
        sock.connect((TEST_NET, 443))


def test_a_datagram_beyond_loopback_fails_the_test() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as sock,
        pytest.raises(pytest.fail.Exception, match=TEST_NET),
    ):
        sock.sendto(b"hello", (TEST_NET, 53))


def test_looking_up_a_public_name_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"example\.com"):
        socket.getaddrinfo("example.com", 443)


def test_a_name_that_cannot_exist_is_a_dns_failure() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)


def test_loopback_is_open_by_address_and_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with socket.create_connection(("localhost", port)) as by_name:
            peer = by_name.getpeername()

    assert peer[1] == port


def test_unix_sockets_are_open(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()

        client.connect(path)

        assert client.getpeername() == path


GOLDEN_TEST = """
def test_greeting(golden):
    golden("greeting.txt", {text!r})
"""


def run_a_golden_test(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest(Path(__file__).parents[1].joinpath("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(GOLDEN_TEST.format(text=text))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_a_golden_file_is_written_on_demand_and_then_compared(pytester: pytest.Pytester) -> None:
    run_a_golden_test(pytester, "hello\n", "--update-golden").assert_outcomes(passed=1)

    same = run_a_golden_test(pytester, "hello\n")
    other = run_a_golden_test(pytester, "goodbye\n")

    same.assert_outcomes(passed=1)
    other.assert_outcomes(failed=1)
    assert pytester.path.joinpath("golden/greeting.txt").read_text(encoding="utf-8") == "hello\n"


def test_a_missing_golden_file_fails_with_the_command_that_writes_it(pytester: pytest.Pytester) -> None:
    result = run_a_golden_test(pytester, "hello\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*--update-golden*"])
