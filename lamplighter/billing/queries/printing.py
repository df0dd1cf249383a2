"""Bills on paper."""

from collections.abc import Iterable

from lamplighter.billing.domain.bills import IssuedBill
from lamplighter.billing.domain.sheets import (
    MOST_PERIODS,
    EarlierBill,
    Paper,
    PeriodUsage,
    Sheet,
)
from lamplighter.billing.models import Bill
from lamplighter.billing.ports.bill_printer import bill_printer
from lamplighter.billing.queries.bills import bill
from lamplighter.billing.queries.usage_history import BilledUsage, usage_history
from lamplighter.billing.queries.utility import utility
from lamplighter.kernel import Money


def pdf_of(number: str, *, paper: str | None = None) -> bytes:
    """
    A bill as PDF: the same bytes whenever it is asked for, as long as the utility looks the same.

    :param paper: `a4` or `letter`; the utility's own unless said
    :raises BillNotFound: if there is no bill of this number
    :raises BillCannotBePrinted: if a letter on it is in none of the fonts
    :raises UtilityMalformed: if what is said about the utility cannot be used
    """
    return bill_printer().print(sheet_of(bill(number), paper=paper))


def sheet_of(issued: IssuedBill, *, paper: str | None = None) -> Sheet:
    """What stands on the paper of a bill."""
    sender = utility()
    return Sheet(
        bill=issued,
        utility=sender,
        paper=Paper(paper or sender.paper),
        usage=_usage(issued),
        previous=_earlier(issued),
    )


def _usage(issued: IssuedBill) -> tuple[PeriodUsage, ...]:
    """The months up to this bill, of the commodity that most of it is charged for."""
    segments = issued.content.segments
    if not segments:
        return ()
    most = max(segments, key=lambda segment: abs(segment.total_minor))
    history = usage_history(issued.account_id, up_to=issued.number, months=MOST_PERIODS)
    return _in_one_unit([one for one in history if one.commodity == most.commodity])


def _in_one_unit(history: Iterable[BilledUsage]) -> tuple[PeriodUsage, ...]:
    periods = list(history)
    return tuple(
        PeriodUsage(
            first_day=one.first_day,
            after_last=one.after_last,
            quantity=one.quantity,
            unit=one.unit,
            estimated=one.estimated,
        )
        for one in periods
        if one.unit == periods[-1].unit
    )[-MOST_PERIODS:]


def _earlier(issued: IssuedBill) -> EarlierBill | None:
    """The bill that was issued before this one."""
    rows = Bill.objects.filter(account=issued.account_id, issued_at__lt=issued.issued_at)
    found = rows.order_by("-issued_at", "-number").values_list(
        "number", "open_before_minor", "total_minor"
    )
    row = found.first()
    if row is None:
        return None
    number, open_before, total = row
    return EarlierBill(number=number, due=Money(open_before + total, issued.content.currency))
