"""Keys, on the command line."""

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from lamplighter.identity.actions import add_member
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.actions.tokens import access_token, session_of
from lamplighter.identity.models import Session
from lamplighter.platform import master_keys
from lamplighter.platform.models import AuditLine
from lamplighter.site.cli import root


def call(*words: str) -> Result:
    return CliRunner().invoke(root, words, catch_exceptions=False)


def test_a_new_master_key_can_be_used_as_it_is_told() -> None:
    told = call("keys", "new", "--name", "second").output
    assert list(master_keys.parse(told)) == ["second"]
    assert call("keys", "new").output != call("keys", "new").output


@pytest.mark.django_db
def test_tokens_are_signed_anew_and_those_that_are_out_stay_good() -> None:
    at = timezone.now()
    user_id = add_member(
        email="mary@x.example", password="a lamp in the window", roles=(), by="test", at=at
    )
    device = Device(name="", network_address="", kind=Session.Kind.API)
    session_id = begin_session(user_id=user_id, device=device, at=at)
    before = access_token(user_id=user_id, session_id=session_id, at=at)
    told = call("keys", "renew")
    assert told.exit_code == 0, told.output
    after = access_token(user_id=user_id, session_id=session_id, at=at)
    assert before.split(".")[0] != after.split(".")[0]
    assert session_of(before, at=at) == session_of(after, at=at) == session_id
    done = AuditLine.objects.order_by("id").values_list("action", flat=True)
    assert {"identity.rotate_access_keys", "identity.rotate_oidc_key"} <= set(done)


@pytest.mark.django_db
def test_what_is_sealed_by_the_newest_key_is_left_alone() -> None:
    assert "are under the newest key now" in call("keys", "rotate").output
    assert call("keys", "rotate").output.startswith("0 people and 0 secrets")
    assert "missing" not in call("keys", "list").output
