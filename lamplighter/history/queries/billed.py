"""Bills of billing as the facts that history has, or should have, of them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from lamplighter.billing.queries.issued_documents import (
    IssuedDocument,
    documents_called,
    issued_documents,
)
from lamplighter.history.domain.facts import (
    LINE,
    USAGE,
    Documents,
    Fact,
    Json,
    bills_told_of,
    lines_of,
    taken_back,
    usage_of,
)

BILL_COLUMNS: Final = tuple(
    name for name in IssuedDocument.__dataclass_fields__ if name != "document"
)
LINE_COLUMNS: Final = ("bill_id", "position", "issued_on", "currency", "takes_back", *LINE)
USAGE_COLUMNS: Final = ("bill_id", "position", "issued_on", "currency", *USAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A bill's facts, as rows of these columns."""

    bill: Fact
    lines: list[Fact]
    usage: list[Fact]


def facts_of(bill_ids: Collection[UUID]) -> Iterator[Facts]:
    """Tell the facts of bills, in the order of their numbers."""
    bills = list(issued_documents(bill_ids))
    documents = [orjson.loads(bill.document) for bill in bills]
    others = _others(documents)
    for bill, document in zip(bills, documents, strict=True):
        yield _facts(bill, document, others)


def _others(documents: list[Json]) -> Documents:
    """The bills that these tell of, and those that the ones taken back tell of."""
    others = _told_of(documents)
    cancelled = [others[number] for each in documents if (number := taken_back(each))]
    return others | _told_of(cancelled)


def _told_of(documents: list[Json]) -> dict[str, Json]:
    numbers = {number for each in documents for number in bills_told_of(each)}
    found = documents_called(numbers) if numbers else {}
    return {number: orjson.loads(text) for number, text in found.items()}


def _facts(bill: IssuedDocument, document: Json, others: Documents) -> Facts:
    key, head = bill.bill_id, (bill.issued_on, bill.currency)
    back = bill.kind == "cancellation"
    lines = [(key, n, *head, back, *line) for n, line in enumerate(lines_of(document, others))]
    if sum(line[-1] for line in lines) != bill.total_minor:
        msg = f"the lines of bill {bill.number} do not come to its total"
        raise ValueError(msg)
    return Facts(
        bill=tuple(getattr(bill, name) for name in BILL_COLUMNS),
        lines=lines,
        usage=[(key, n, *head, *used) for n, used in enumerate(usage_of(document, others))],
    )
