from uuid import UUID

import pytest

from lamplighter.customers import actions
from lamplighter.customers.domain import EVERYTHING, Sight
from lamplighter.customers.domain.words import found_by, words_of
from lamplighter.customers.models import AccountWord
from lamplighter.customers.queries import find_accounts
from lamplighter.identity.actions import add_member
from lamplighter.platform.tests.lamps import NOON


def open_account(number: str, holder: str, *address: str) -> UUID:
    new = actions.NewAccount(
        number=number,
        holder=holder,
        postal_address=address or ("1 High Street", "Springfield"),
        currency="EUR",
        opened_on=NOON.date(),
    )
    return actions.open_account(new, by="test", at=NOON)


def found(text: str, sight: Sight = EVERYTHING) -> list[str]:
    return [account.number for account in find_accounts(text, sight=sight)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mary-Ann O'Neill", ("mary", "ann", "o", "neill")),
        ("MÜLLER Straße", ("muller", "strasse")),
        ("ｍüller müller", ("muller",)),
        ("ज्योति नगर", ("जयोति", "नगर")),
        ("王小明 12b", ("王小明", "12b")),
        ("%_ --", ()),
    ],
)
def test_words_are_spelt_alike_however_they_are_typed(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def test_a_name_is_found_by_its_beginnings_and_an_address_by_its_words() -> None:
    assert found_by(name="Mary Li", addresses=["1 High Street"]) == {
        "mar", "mary", "li", "1", "high", "street"
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("muller", ["A-1"]),
        ("MÜL", ["A-1"]),
        ("jörg mül", ["A-1"]),
        ("mu", []),
        ("ller", []),
        ("high", ["A-1", "A-2"]),
        ("hig", []),
        ("müller mill", []),
        ("a-", ["A-1", "A-2", "A-3"]),
        ("%", []),
    ],
)
def test_accounts_are_found_by_words(text: str, numbers: list[str]) -> None:
    open_account("A-1", "Jörg Müller")
    open_account("A-2", "Kim")
    open_account("A-3", "Ada", "3 Mill Lane")
    assert found(text) == numbers


@pytest.mark.django_db
def test_nobody_finds_what_is_out_of_their_sight() -> None:
    open_account("A-1", "Mary Ward")
    mine = open_account("A-2", "Mary Wood")
    mary = add_member(
        email="m@x.example", password="a lamp in the window", roles=(), by="test", at=NOON
    )
    actions.link_user(account_id=mine, email="m@x.example", by="test", at=NOON)
    assert found("mary", Sight(user_id=mary)) == ["A-2"]
    assert found("mary", Sight()) == []


@pytest.mark.django_db
def test_pages_of_what_is_found_go_by_number() -> None:
    for n in range(5):
        open_account(f"A-{n}", "Mary Ward")
    page = find_accounts("war mar", sight=EVERYTHING, after="A-1", limit=2)
    assert [account.number for account in page] == ["A-2", "A-3"]


@pytest.mark.django_db
def test_words_are_kept_as_numbers_that_say_nothing() -> None:
    open_account("A-1", "Mary Ward")
    assert AccountWord.objects.count() == len(
        found_by(name="Mary Ward", addresses=["1 High Street", "Springfield"])
    )
