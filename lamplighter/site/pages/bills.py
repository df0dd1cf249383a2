"""A bill, why it is what it is, and the paper it is printed on."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lamplighter.billing import api as billing
from lamplighter.billing.domain.bills import BillKind, IssuedBill
from lamplighter.billing.domain.explaining import Explanation
from lamplighter.billing.queries.bills import bill, check_in_sight, standing_of
from lamplighter.billing.queries.explaining import explain
from lamplighter.billing.queries.usage_history import usage_history
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Currency
from lamplighter.platform.access import caller, needs_page
from lamplighter.site.pages.charts import Waterfall, usage_charts, waterfall


@needs_page(Action.READ_BILLS)
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """All of a bill: what is due, line by line, by which readings, and what has changed."""
    check_in_sight(number, Sight.of(caller(request)))
    told = bill(number)
    page: dict[str, Any] = {
        "bill": told,
        "content": told.content,
        "account": customers.account_of_id(told.account_id),
        "standing": standing_of(number),
        "charts": usage_charts(usage_history(told.account_id, up_to=number), current=number),
        "shares": _shares(told),
    }
    if told.content.kind not in (BillKind.CANCELLATION, BillKind.ADJUSTMENT):
        page["explained"] = explain(number)
        page["waterfall"] = _waterfall(page["explained"])
    return render(request, "site/bill.html", page)


@needs_page(Action.READ_BILLS)
@require_safe
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The bill as it is printed."""
    check_in_sight(number, Sight.of(caller(request)))
    return billing.pdf_answer(number, paper=request.GET.get("paper", "a4"))


def _shares(told: IssuedBill) -> list[dict[str, Any]]:
    """How the energy of a segment falls to the bands of the clock, where there are several."""
    shares = []
    for segment in told.content.segments:
        bands: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for line in segment.lines:
            if line.kind == "energy" and line.unit:
                # Tiers are not hours: those of a band are one.
                band = line.reason.partition(", tier")[0] or line.component
                bands[band, line.unit] += line.quantity
        whole = sum(bands.values(), Decimal(0))
        if len(bands) > 1 and whole > 0:
            rows = [
                {
                    "band": band,
                    "quantity": quantity,
                    "unit": unit,
                    "percent": round(100 * quantity / whole),
                }
                for (band, unit), quantity in bands.items()
            ]
            shares.append({"segment": segment, "rows": rows})
    return shares


def _waterfall(explained: Explanation) -> Waterfall | None:
    if explained.previous is None:
        return None
    return waterfall(
        before=(explained.previous, explained.before_minor),
        effects=[(one.name, one.amount_minor, one.detail) for one in explained.effects],
        after=(explained.number, explained.after_minor),
        currency=Currency(explained.currency),
    )
