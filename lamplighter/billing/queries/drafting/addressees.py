"""Who bills are sent to."""

from collections.abc import Sequence
from typing import Any

from lamplighter.billing.domain.documents import canonical_text
from lamplighter.customers import queries as customers


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
