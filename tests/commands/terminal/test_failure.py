"""How commands end that cannot do what they were asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.worlds import process


def test_output_that_nobody_can_keep_is_not_a_fault_of_the_program(home):
    with Path("/dev/full").open("wb") as full, process("runs", stdout=full, stderr=subprocess.PIPE) as it:
        _, err = it.communicate()
    assert it.returncode == 1
    assert b"No space left on device" in err
    assert b"fault" not in err
