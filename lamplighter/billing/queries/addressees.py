"""Who bills are sent to, which is sealed."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from lamplighter.billing.domain.bills import Addressee
from lamplighter.billing.domain.documents import canonical_text, value_of
from lamplighter.billing.models import Bill
from lamplighter.customers import queries as customers
from lamplighter.platform import personal

_ON_A_BILL: Final = "billing_bill.addressee"
_ON_A_HELD_BILL: Final = "billing_heldbill.addressee"


def addressee_of(account: customers.Account, places: Sequence[tuple[str, str]] = ()) -> str:
    """
    An account's `domain.bills.Addressee`, as canonical JSON.

    :param places: reference and address of the usage points on the bill
    """
    # As `document_of` has it, without the time that takes: there is one on every bill.
    document: dict[str, Any] = {
        "name": account.holder,
        "address": account.postal_address,
        "language": account.language,
    }
    return canonical_text(document | ({"places": places} if places else {}))


def seal_addressee(
    keys: personal.Keyring, addressee: str, *, account_id: UUID, bill_id: UUID
) -> bytes:
    """Seal who a bill is sent to."""
    return keys.seal(addressee, person=account_id, column=_ON_A_BILL, row=bill_id)


def seal_held_addressee(
    keys: personal.Keyring, addressee: str, *, account_id: UUID, held_id: UUID
) -> bytes:
    """Seal who a bill that is held would be sent to."""
    return keys.seal(addressee, person=account_id, column=_ON_A_HELD_BILL, row=held_id)


def addressee_on(bill: Bill) -> str:
    """Who a bill was sent to, as canonical JSON; of who was erased: that."""
    keys = personal.keyring_for([bill.addressee])
    return _told(keys.open(bill.addressee, column=_ON_A_BILL, row=bill.id))


def held_addressee(sealed: bytes, *, held_id: UUID) -> str:
    """The same of a bill that is held."""
    keys = personal.keyring_for([sealed])
    return _told(keys.open(sealed, column=_ON_A_HELD_BILL, row=held_id))


def read_addressee(sealed: bytes, *, bill_id: UUID, language: str) -> Addressee:
    """
    Read who a bill was sent to.

    :param language: of the account, for who was erased: their bill can still be read to an auditor
    """
    text = personal.keyring_for([sealed]).open(sealed, column=_ON_A_BILL, row=bill_id)
    if text == personal.ERASED:
        return Addressee(name=personal.ERASED, address=(), language=language)
    return value_of(Addressee, json.loads(text))


def _told(text: str) -> str:
    if text != personal.ERASED:
        return text
    return canonical_text({"name": personal.ERASED, "address": (), "language": "en"})
