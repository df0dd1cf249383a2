import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError

from lamplighter.identity.domain.emails import normalised_email
from lamplighter.identity.models import User
from lamplighter.identity.models.users import email_index
from lamplighter.platform.tests.lamps import NOON

SPELLINGS = ["Mary.Ö@Straße.example", " mary.ö@strasse.example", "ＭＡＲＹ.Ö@STRASSE.EXAMPLE"]


def add(email: str) -> User:
    user = User(email_index=email_index(email), joined_at=NOON, password="!")
    for column, sealed in user.sealed(email=normalised_email(email), name="").items():
        setattr(user, column, sealed)
    user.save()
    return user


def test_all_spellings_of_an_address_are_one() -> None:
    assert {normalised_email(spelling) for spelling in SPELLINGS} == {"mary.ö@strasse.example"}


@pytest.mark.parametrize("address", [*SPELLINGS, "ǅ@x.example", "ﬁ@ⅷ.example"])
def test_normalising_twice_changes_nothing(address: str) -> None:
    assert normalised_email(normalised_email(address)) == normalised_email(address)


@pytest.mark.django_db
def test_an_address_is_kept_unreadable_and_found_by_any_spelling() -> None:
    user = add(SPELLINGS[0])
    user.refresh_from_db()
    assert b"mary" not in bytes(user.email)
    for spelling in SPELLINGS:
        assert User.objects.get_by_natural_key(spelling) == user


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_one_users_only(spelling: str) -> None:
    add(SPELLINGS[0])
    with pytest.raises(IntegrityError):
        add(spelling)


@pytest.mark.django_db
def test_a_user_logs_in_by_any_spelling_of_the_address() -> None:
    user = add("mary@x.example")
    user.set_password("a long enough one")
    user.save()
    assert authenticate(username="Mary@X.example", password="a long enough one") == user
    assert authenticate(username="Mary@X.example", password="another one") is None


@pytest.mark.django_db
def test_ids_are_in_order_of_time() -> None:
    first, second = add("a@x.example"), add("b@x.example")
    assert first.id < second.id
    assert first.id.version == 7
