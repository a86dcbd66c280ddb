"""The guard against other machines: in this process, and in those that tests start."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.worlds import with_project

ELSEWHERE = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"


def test_no_test_connects_to_another_machine():
    # A process that tests started has the guard twice, the first as a module of another name.
    with socket.socket() as one, pytest.raises(BaseException, match="which is not this machine"):
        one.connect(("192.0.2.1", 9))


@pytest.mark.parametrize("environment", [None, with_project()], ids=["inherited", "with the project"])
def test_nor_does_a_process_of_its_own(environment):
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=environment, capture_output=True, text=True, check=False
    )
    assert "ElsewhereError" in told.stderr
