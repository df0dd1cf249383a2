"""What accounts' next bills put right of earlier ones."""

from collections.abc import Iterable
from uuid import UUID

import orjson

from lamplighter.billing.domain.bills import Correction
from lamplighter.billing.domain.documents import value_of
from lamplighter.billing.models import PendingCorrection


def corrections_to_bill(accounts: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, Correction]]]:
    """The corrections that wait for the next bill of these accounts, the earliest days first."""
    waiting = PendingCorrection.objects.filter(state=PendingCorrection.State.TO_BILL)
    result: dict[UUID, list[tuple[UUID, Correction]]] = {}
    if not waiting.exists():
        return result
    rows = waiting.filter(agreement__account__in=list(accounts)).order_by("first_day", "id")
    for key, account_id, text in rows.values_list("id", "agreement__account_id", "correction"):
        correction = value_of(Correction, orjson.loads(text))
        result.setdefault(account_id, []).append((key, correction))
    return result
