"""Any order of logging in, refreshing and ending, beside a model of what has to come of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from lamplighter.identity.actions import begin_session, end_session, rotate_access_keys
from lamplighter.identity.actions.refreshing import (
    REFRESH_LIFETIME,
    RefreshTokenInvalid,
    Tokens,
    issue_tokens,
    refresh,
)
from lamplighter.identity.actions.sessions import LIFETIMES, Device, end_sessions
from lamplighter.identity.actions.tokens import ACCESS_LIFETIME, session_of
from lamplighter.identity.models import Session
from lamplighter.identity.queries.callers import caller_of_session
from lamplighter.identity.tests.people import add_mary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys_are_read_anew")]
DEVICE = Device(name="x", network_address="192.0.2.1", kind=Session.Kind.API)


@dataclass
class Known:
    """What the model knows of a session."""

    id: UUID
    ends_at: datetime
    is_ended: bool = False


@dataclass
class Held:
    """What the model knows of a pair of tokens."""

    session: Known
    tokens: Tokens
    made_at: datetime
    is_used: bool = False
    rotations: int = 0


class Sessions(RuleBasedStateMachine):
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.user_id = add_mary()
        self.sessions: list[Known] = []
        self.pairs: list[Held] = []
        self.rotations = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def is_live(self, session: Known) -> bool:
        return not session.is_ended and self.now < session.ends_at

    def hold(self, session: Known, tokens: Tokens) -> Held:
        one = Held(session, tokens, self.now, rotations=self.rotations)
        self.pairs.append(one)
        return one

    @rule(target=held)
    def log_in(self) -> Held:
        session_id = begin_session(user_id=self.user_id, device=DEVICE, at=self.now)
        session = Known(session_id, self.now + LIFETIMES[Session.Kind.API])
        self.sessions.append(session)
        return self.hold(session, issue_tokens(session_id=session_id, at=self.now))

    @rule(target=held, one=held)
    def exchange(self, one: Held) -> Any:
        expires_at = min(one.made_at + REFRESH_LIFETIME, one.session.ends_at)
        is_good = self.is_live(one.session) and not one.is_used and self.now < expires_at
        try:
            tokens = refresh(token=one.tokens.refresh, at=self.now)
        except RefreshTokenInvalid:
            assert not is_good
            if one.is_used:
                one.session.is_ended = True
            return multiple()
        assert is_good
        one.is_used = True
        return self.hold(one.session, tokens)

    @rule(one=held)
    def log_out(self, one: Held) -> None:
        end_session(session_id=one.session.id, reason="log_out", by="test", at=self.now)
        one.session.is_ended = True

    @rule(one=held)
    def log_out_elsewhere(self, one: Held) -> None:
        end_sessions(user_id=self.user_id, but=one.session.id, reason="x", by="test", at=self.now)
        for session in self.sessions:
            session.is_ended |= session is not one.session

    @rule()
    def rotate(self) -> None:
        rotate_access_keys(by="test", at=self.now)
        self.rotations += 1

    @rule(minutes=st.sampled_from([1, 4, 6, 60 * 24, 60 * 24 * 13, 60 * 24 * 15]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def only_live_sessions_let_in(self) -> None:
        for session in self.sessions:
            known = caller_of_session(session.id, at=self.now)
            assert (known is not None) == self.is_live(session)

    @invariant()
    def tokens_are_good_for_their_minutes(self) -> None:
        for one in self.pairs:
            named = session_of(one.tokens.access, at=self.now)
            is_in_time = self.now < one.made_at + ACCESS_LIFETIME
            # A key ends with the second rotation after it; then it may be known for a minute.
            if self.rotations - one.rotations < 2:
                assert named == (one.session.id if is_in_time else None)
            else:
                assert named in (None, one.session.id)


def test_sessions_and_tokens_are_as_the_model_says() -> None:
    run_state_machine_as_test(
        Sessions,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
