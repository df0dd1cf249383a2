"""Bills that wait for a person, and accounts that could not be billed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lamplighter.billing.domain.documents import canonical_text, document_of
from lamplighter.billing.events import BillHeld, BillingFailed
from lamplighter.billing.models import BillingException, HeldBill
from lamplighter.billing.queries.addressees import seal_held_addressee
from lamplighter.billing.queries.drafting import Ready, Unbillable
from lamplighter.kernel import new_id
from lamplighter.platform import outbox, personal


def hold(odd: Sequence[Ready], *, run_id: UUID | None, at: datetime) -> None:
    """Keep bills back until somebody decides, in the caller's transaction."""
    keys = personal.meet({ready.draft.account_id for ready in odd})
    rows = [_held(ready, keys, run_id=run_id, at=at) for ready in odd]
    HeldBill.objects.bulk_create(rows)
    outbox.publish_all(
        [
            BillHeld(
                held_bill_id=row.id,
                account_id=row.account_id,
                checks=tuple(check["code"] for check in row.checks),
            )
            for row in rows
        ],
        at=at,
    )


def _held(ready: Ready, keys: personal.Keyring, *, run_id: UUID | None, at: datetime) -> HeldBill:
    held_id, account_id = new_id(), ready.draft.account_id
    return HeldBill(
        id=held_id,
        account_id=account_id,
        run_id=run_id,
        total_minor=ready.draft.total_minor,
        currency=ready.draft.currency,
        draft=canonical_text(document_of(ready.draft)),
        addressee=seal_held_addressee(
            keys, ready.addressee, account_id=account_id, held_id=held_id
        ),
        checks=[document_of(check) for check in ready.checks],
        held_at=at,
    )


def park(unbillable: Sequence[Unbillable], *, run_id: UUID | None, at: datetime) -> None:
    """
    Note why accounts cannot be billed, in the caller's transaction; the latest reason stays.

    What is known already, for the same days and reason, is not told again.
    """
    accounts = [one.account_id for one in unbillable]
    open_ones = BillingException.objects.filter(account__in=accounts, resolved_at=None)
    known = set(open_ones.values_list("account_id", "code", "after_last"))
    for one in unbillable:
        BillingException.objects.update_or_create(
            account_id=one.account_id,
            resolved_at=None,
            defaults={
                "run_id": run_id,
                "first_day": one.first_day,
                "after_last": one.after_last,
                "code": one.refusal.code,
                "detail": one.refusal.detail,
                "remedy": one.refusal.remedy,
                "raised_at": at,
            },
        )
    outbox.publish_all(
        [
            BillingFailed(
                account_id=one.account_id,
                first_day=one.first_day,
                after_last=one.after_last,
                code=one.refusal.code,
            )
            for one in unbillable
            if (one.account_id, one.refusal.code, one.after_last) not in known
        ],
        at=at,
    )
