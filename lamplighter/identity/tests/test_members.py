from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import identify_hasher

from lamplighter.identity.actions import EmailMalformed, UserAlreadyKnown, add_member
from lamplighter.identity.domain.passwords import PasswordUnfit
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Membership, User
from lamplighter.platform.models import AuditLine

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def add(email: str = "Mary@x.example", password: str = "a lamp in the window") -> User:
    roles = (Role.AUDITOR,)
    return User.objects.get(
        id=add_member(email=email, password=password, roles=roles, by="test", at=NOW)
    )


def test_a_member_of_staff_is_added_and_no_password_is_told() -> None:
    mary = add()
    assert Membership.objects.get(user=mary).role == "auditor"
    assert mary.check_password("a lamp in the window")
    (line,) = AuditLine.objects.all()
    assert (line.action, line.subject, line.detail) == (
        "identity.add_member", f"user:{mary.id}", {"roles": ["auditor"]},
    )  # fmt: skip


def test_passwords_are_kept_by_argon2id_with_our_parameters() -> None:
    kept = add().password
    assert identify_hasher(kept).algorithm == "argon2"
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["", "fourteen chars", "x" * 1025, "ö" * 513])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(PasswordUnfit):
        add(password=password)
    assert not User.objects.exists()


def test_a_password_that_everybody_tries_is_refused() -> None:
    with pytest.raises(PasswordUnfit, match="among the first"):
        add(password="123456789987654321")


@pytest.mark.parametrize("email", ["", "mary", "mary@", "a b@x.example", "mary@x.example\n@y"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(EmailMalformed):
        add(email)


def test_an_address_is_one_users_only() -> None:
    add()
    with pytest.raises(UserAlreadyKnown):
        add("MARY@x.example")
