"""Rows of accounts and places, with what is personal sealed, and the words they are found by."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from uuid import UUID

from lamplighter.customers.actions.new_accounts import NewAccount
from lamplighter.customers.domain.words import found_by
from lamplighter.customers.models import Account, AccountWord, PlaceWord, ServiceLocation
from lamplighter.customers.queries.opening import ADDRESS, HOLDER, POSTAL_ADDRESS
from lamplighter.customers.queries.searching import numbers_of
from lamplighter.platform import personal
from lamplighter.platform.bulk import insert_rows

_ACCOUNT = ("id", *(each.name for each in fields(NewAccount)))
PlaceRow = tuple[UUID, str, str]
"""Id, address, time zone."""


def insert_accounts(accounts: Sequence[tuple[UUID, NewAccount]]) -> None:
    """
    Write accounts down, in the caller's transaction.

    :raises IntegrityError: if a number is there already
    """
    keys = personal.meet([account_id for account_id, _ in accounts])
    # Made before they are written: while rows are copied, nothing else can be asked.
    words = [
        (word, new.number, account_id)
        for account_id, new in accounts
        for word in numbers_of(found_by(name=new.holder, addresses=new.postal_address))
    ]
    insert_rows(Account, _ACCOUNT, [_account(keys, *one) for one in accounts])
    insert_rows(AccountWord, ("word", "number", "account_id"), words)


def _account(keys: personal.Keyring, account_id: UUID, new: NewAccount) -> list[object]:
    columns = {"id": account_id} | {name: getattr(new, name) for name in _ACCOUNT[1:]}

    def seal(text: str, column: str) -> bytes:
        return keys.seal(text, person=account_id, column=column, row=account_id)

    columns["holder"] = seal(new.holder.strip(), HOLDER)
    columns["postal_address"] = seal("\n".join(new.postal_address), POSTAL_ADDRESS)
    return [columns[name] for name in _ACCOUNT]


def insert_places(places: Sequence[PlaceRow]) -> None:
    """Write places down, in the caller's transaction."""
    keys = personal.meet([place_id for place_id, _, _ in places])
    insert_rows(
        ServiceLocation,
        ("id", "address", "time_zone"),
        (
            (key, keys.seal(address, person=key, column=ADDRESS, row=key), zone)
            for key, address, zone in places
        ),
    )
    insert_rows(PlaceWord, ("word", "place_id"), list(_place_words(places)))


def _place_words(places: Collection[PlaceRow]) -> Iterator[tuple[int, UUID]]:
    for key, address, _ in places:
        for word in numbers_of(found_by(addresses=[address])):
            yield word, key
