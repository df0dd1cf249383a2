"""What billing tells somebody about themselves, and why they cannot be erased yet."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from lamplighter.billing import actions
from lamplighter.billing.queries.bills import balance_of, bill, every_bill_of
from lamplighter.billing.queries.personal_usage import properties_told, usage_told
from lamplighter.billing.queries.printing import pdf_of
from lamplighter.customers import queries as customers
from lamplighter.platform.privacy import Piece, as_json, erases, objects, tells


@tells("billing")
def tell(user_id: UUID) -> Iterator[Piece]:
    for account in customers.accounts_of_user(user_id):
        name = account.number.replace("/", "-")
        yield Piece(f"{name}/properties.json", partial(properties_told, account.id))
        yield Piece(f"{name}/usage.json", partial(usage_told, account.id))
        for number in every_bill_of(account.id):
            file = f"{name}/bills/{number.replace('/', '-')}"
            yield Piece(f"{file}.json", partial(_bill, number))
            yield Piece(f"{file}.pdf", partial(pdf_of, number))


def _bill(number: str) -> bytes:
    return as_json(bill(number))


@objects
def object_to(user_id: UUID) -> Iterator[str]:
    for account in customers.accounts_held_by(user_id):
        balance = balance_of(account.id)
        if balance.minor > 0:
            yield f"Account {account.number} owes {balance}."
        elif balance.minor < 0:
            yield f"Account {account.number} is owed {-balance}."


@erases
def erase(user_id: UUID, *, at: datetime) -> None:  # noqa: ARG001 - it goes by whom
    actions.forget_households(user_id)
