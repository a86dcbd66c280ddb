"""The tests themselves: none of them talks to another machine."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_to_another_machine_fails_the_test():
    with socket.socket() as talking, pytest.raises(pytest.fail.Exception, match="not this machine"):
        talking.connect(("192.0.2.1", 9))
