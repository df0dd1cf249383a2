"""Bills are copied into history, each once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.history.models import DATABASE, BilledFact, LineFact, UsageFact
from lamplighter.history.queries.billed import (
    BILL_COLUMNS,
    LINE_COLUMNS,
    USAGE_COLUMNS,
    facts_of,
)
from lamplighter.platform.bulk import insert_missing_rows, insert_rows

AT_ONCE: Final = 1000
"""Bills of one transaction."""


def copy_bills(bill_ids: Sequence[UUID]) -> int:
    """
    Copy bills with their lines and usage; those that are there already stay as they are.

    History is another database, and what is written there cannot be undone by the caller's
    transaction. It need not: however often this is done, by whomever, each bill is there once,
    with all of its facts.

    :return: how many were not there yet
    """
    return sum(_copy(bill_ids[at : at + AT_ONCE]) for at in range(0, len(bill_ids), AT_ONCE))


def _copy(bill_ids: Sequence[UUID]) -> int:
    facts = list(facts_of(bill_ids))
    with transaction.atomic(using=DATABASE):
        new = insert_missing_rows(BilledFact, BILL_COLUMNS, [each.bill for each in facts])
        copied = [each for each in facts if each.bill[0] in new]
        insert_rows(LineFact, LINE_COLUMNS, (row for each in copied for row in each.lines))
        insert_rows(UsageFact, USAGE_COLUMNS, (row for each in copied for row in each.usage))
    return len(new)
