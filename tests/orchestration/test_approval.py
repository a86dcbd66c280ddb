"""The form with which a person approves in Prefect's pages: empty means nothing, and each question has its answer."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.errors import RefusedByGuard
from flows.orchestration import approval
from flows.orchestration.approval import Approval

YES = {"decision": "approve", "checksum": "c0ffee00"}


@pytest.mark.parametrize("form", [{}, {"decision": "approve"}, {"checksum": "c0ffee00"}, YES | {"decision": "yes"}])
def test_a_form_that_is_not_filled_in_approves_nothing(form):
    with pytest.raises(ValidationError):
        Approval.model_validate(form)


@pytest.fixture
def said(monkeypatch):
    """What people answered to the questions of this flow run, in order."""
    answers: list[dict[str, str]] = []

    def read(key: str):
        number = int(key.partition("approval-")[2].split("-")[0])
        return answers[number - 1] if number <= len(answers) else None

    monkeypatch.setattr(approval, "read_flow_run_input", read)
    return answers


def test_the_last_answer_counts(said):
    assert approval.answer() is None
    said += [YES, {"decision": "reject", "checksum": "beef0000"}]
    assert approval.answer() == Approval(decision="reject", checksum="beef0000")


def test_each_question_has_a_key_of_its_own_and_shows_the_checksum(said, monkeypatch):
    asked = []
    monkeypatch.setattr(approval, "_suspend", lambda _form, state: asked.append(state))
    refused = RefusedByGuard("Too many.", checksum="c0ffee00", violations=["max_overwrites"])
    for _ in range(2):
        with pytest.raises(RefusedByGuard):
            approval.ask(refused)
        said.append(YES)
    assert [state.state_details.pause_key for state in asked] == ["approval-1", "approval-2"]
    assert all(word in asked[0].message for word in ("max_overwrites", "c0ffee00", "Resume"))
    assert "c0ffee00" in approval._question(refused)


def test_only_a_run_of_a_deployment_can_ask():
    assert not approval.can_ask()


def test_a_rejection_ends_the_run_like_a_refusal():
    rejected = approval.rejected(Approval(decision="reject", checksum="c0ffee00"))
    assert (rejected.exit_status, "nothing was sent" in rejected.message) == (3, True)
