"""A Verboice account kept by Prefect: pipelines find it in their environment while a run lasts, and not afterwards."""

from __future__ import annotations

import os

import pytest

from connectors.errors import ConfigurationError
from flows import fleet
from flows.orchestration.credentials import VerboiceAccount, credentials_of


@pytest.fixture
def kept(monkeypatch):
    """The block `clinic`, as Prefect would give it."""

    def load(name):
        if name != "clinic":
            raise ValueError(name)
        return VerboiceAccount(account="ana@example.org", password="secret")

    monkeypatch.setattr(VerboiceAccount, "load", load)
    monkeypatch.setenv("VERBOICE_ACCOUNT", "before")
    monkeypatch.delenv("VERBOICE_PASSWORD", raising=False)


def in_environment():
    return os.environ.get("VERBOICE_ACCOUNT"), os.environ.get("VERBOICE_PASSWORD")


def test_the_account_is_there_within_the_block_and_what_was_there_before_comes_back(kept):
    def fail():
        with credentials_of("clinic"):
            assert in_environment() == ("ana@example.org", "secret")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert in_environment() == ("before", None)
    with credentials_of(None):
        assert in_environment() == ("before", None)


def test_a_block_that_is_not_there_is_named_with_the_way_to_make_it(kept):
    with pytest.raises(ConfigurationError, match="verboice-account/other") as told, credentials_of("other"):
        pass
    assert "flows.credentials" in told.value.hint


def test_prefect_is_given_the_password_as_a_secret():
    assert "secret" not in repr(VerboiceAccount(account="ana@example.org", password="secret"))


def test_a_fleet_reads_its_pipeline_only_where_the_account_is_there(monkeypatch):
    monkeypatch.setattr(fleet, "carry_out", lambda pipeline, *_: f"{pipeline} is read here")
    options = fleet.FleetOptions(account_block="clinic")
    assert fleet.sync_by_fleet.fn("no-such-file", options) == "no-such-file is read here"
