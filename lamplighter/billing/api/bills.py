"""Bills over HTTP."""

import hashlib
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from lamplighter.billing.api.schemas import (
    BillOut,
    EffectOut,
    ExplanationOut,
    SummariesOut,
    SummaryOut,
    bill_out,
)
from lamplighter.billing.queries.bills import bill, bills_of, check_in_sight, standing_of
from lamplighter.billing.queries.explaining import explain
from lamplighter.billing.queries.printing import pdf_of
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Currency, Money, Place, Refusal
from lamplighter.platform.access import caller, needs
from lamplighter.platform.schemas import Cursor, Identifier, Limit, MoneyOut, Problem

_REFUSED: Final[dict[Any, Any]] = {401: Problem, 403: Problem, 404: Problem}
_PAPERS: Final = ("a4", "letter")

router = Router(tags=["bills"])


class PaperUnknown(Refusal):
    """A bill is printed on A4 or Letter."""


@router.get(
    "",
    auth=needs(Action.READ_BILLS),
    response={200: SummariesOut, **_REFUSED, 422: Problem},
    operation_id="list_bills",
)
def list_bills(
    request: HttpRequest,
    account: Identifier,
    after: Cursor = None,
    limit: Limit = 50,
) -> SummariesOut:
    """The bills of an account, the newest first."""
    found = bills_of(
        customers.account_in_sight(account, Sight.of(caller(request))).id,
        after=after,
        limit=limit + 1,
    )
    return SummariesOut(
        items=[SummaryOut.of(one) for one in found[:limit]],
        next=found[limit - 1].number if len(found) > limit else None,
    )


@router.get(
    "/{identifier:number}/pdf",
    auth=needs(Action.READ_BILLS),
    response={200: None, **_REFUSED, 422: Problem},
    operation_id="print_bill",
    openapi_extra={
        "responses": {
            200: {
                "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
            }
        }
    },
)
def print_bill(
    request: HttpRequest,
    number: str,
    paper: Literal["a4", "letter"] = "a4",
) -> HttpResponse:
    """A bill as PDF."""
    check_in_sight(number, Sight.of(caller(request)))
    return pdf_answer(number, paper=paper)


@router.get(
    "/{identifier:number}/explanation",
    auth=needs(Action.READ_BILLS),
    response={200: ExplanationOut, **_REFUSED},
    operation_id="explain_bill",
)
def explain_bill(request: HttpRequest, number: str) -> ExplanationOut:
    """Why a bill differs from the one before."""
    check_in_sight(number, Sight.of(caller(request)))
    told = explain(number)
    currency = Currency(told.currency)

    def money(minor: int) -> MoneyOut:
        return MoneyOut.of(Money(minor, currency))

    return ExplanationOut(
        bill=told.number,
        previous=told.previous,
        before=money(told.before_minor),
        effects=[
            EffectOut(name=one.name, amount=money(one.amount_minor), detail=one.detail)
            for one in told.effects
        ],
        after=money(told.after_minor),
    )


@router.get(
    "/{identifier:number}",
    auth=needs(Action.READ_BILLS),
    response={200: BillOut, 304: None, **_REFUSED},
    operation_id="read_bill",
)
def read_bill(request: HttpRequest, response: HttpResponse, number: str) -> Any:
    """
    A bill, whole. It never changes, but it may be settled or taken back, so its ETag is of both:
    sent back as `If-None-Match` it is answered by 304 while nothing is new.
    """
    check_in_sight(number, Sight.of(caller(request)))
    standing = standing_of(number)
    told = bill(number)
    tag = hashlib.sha256(f"{told.sha256} {standing} {told.addressee}".encode()).hexdigest()[:32]
    response["ETag"] = f'"{tag}"'
    response["Cache-Control"] = "private, no-cache"
    if tag in request.headers.get("if-none-match", ""):
        return Status(304, None)
    return Status(200, bill_out(told, standing))


def pdf_answer(number: str, *, paper: str) -> HttpResponse:
    """
    A bill as a file that no cache keeps.

    :raises BillNotFound: if there is none of this number
    :raises PaperUnknown: if it is printed on nothing such
    """
    if paper not in _PAPERS:
        raise PaperUnknown(places=(Place(field="paper"),))
    response = HttpResponse(pdf_of(number, paper=paper), content_type="application/pdf")
    name = number.replace("/", "-")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
