"""Bills over HTTP."""

from typing import Annotated, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from lamplighter.billing.actions.approved import proposal
from lamplighter.billing.api.schemas import (
    BILLS,
    BillOut,
    EffectOut,
    ExplanationOut,
    ReasonIn,
    bill_out,
    summary_of,
)
from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.explaining import Explanation
from lamplighter.billing.queries.bill_lists import BillsWanted, bills_page
from lamplighter.billing.queries.bills import BillState, bill, check_in_sight, standing_of
from lamplighter.billing.queries.explaining import explain
from lamplighter.billing.queries.printing import pdf_of
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Currency, Money, Place, Refusal
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import (
    Key,
    note_read,
    tell,
    tell_page,
)
from lamplighter.platform.approvals import Proposal
from lamplighter.platform.entity_tags import tag_of
from lamplighter.platform.four_eyes import PROPOSED, proposes
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Day,
    Identifier,
    Limit,
    MoneyOut,
    Sort,
    reads,
    refusals,
)
from lamplighter.platform.sparse import Fields

_PAPERS: Final = ("a4", "letter")

router = Router(tags=["bills"])


class PaperUnknown(Refusal):
    """A bill is printed on A4 or Letter."""


@router.get(
    "",
    auth=needs(Action.READ_BILLS),
    response=reads(BILLS.page, 404),
    operation_id="list_bills",
)
def list_bills(
    request: HttpRequest,
    account: Annotated[Identifier | None, Field(description="Its number.")] = None,
    state: BillState | None = None,
    kind: BillKind | None = None,
    issued_from: Day | None = None,
    issued_before: Day | None = None,
    sort: Sort = None,
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """
    Bills, the newest first: those of one account, or of all that you may see. They can be sorted by
    issued_on, due_on, number and total.
    """
    wanted = BillsWanted(
        account=account,
        state=state,
        kind=kind,
        issued_from=issued_from,
        issued_before=issued_before,
    )
    chosen = BILLS.chosen(fields)
    asked = Asked(sort=sort, after=after, limit=limit)
    page = bills_page(wanted, sight=Sight.of(caller(request)), asked=asked)
    return tell_page(request, page, summary_of, chosen)


@router.get(
    "/{identifier:number}/pdf",
    auth=needs(Action.READ_BILLS),
    response={200: None, **refusals(404, 422)},
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
    note_read(request, f"bill:{number}", at=timezone.now())
    return pdf_answer(number, paper=paper)


@router.post(
    "/{identifier:number}/cancellation",
    auth=needs(Action.CANCEL_BILLS),
    response=PROPOSED,
    operation_id="cancel_bill",
)
@proposes("billing.cancel_bill")
def cancel_bill(
    request: HttpRequest,
    number: str,
    asked: ReasonIn,
    idempotency_key: Key = None,  # noqa: ARG001
) -> Proposal:
    """Propose to take an issued bill back; it is done once somebody else has approved."""
    return _about(number, asked.reason, request)


@router.post(
    "/{identifier:number}/rebill",
    auth=needs(Action.CANCEL_BILLS),
    response=PROPOSED,
    operation_id="rebill",
)
@proposes("billing.rebill")
def rebill(
    request: HttpRequest,
    number: str,
    asked: ReasonIn,
    idempotency_key: Key = None,  # noqa: ARG001
) -> Proposal:
    """Propose to take an issued bill back and bill its days again, by what is known then."""
    return _about(number, asked.reason, request)


@router.get(
    "/{identifier:number}/explanation",
    auth=needs(Action.READ_BILLS),
    response=reads(ExplanationOut, 404),
    operation_id="explain_bill",
)
def explain_bill(request: HttpRequest, number: str) -> HttpResponse:
    """Why a bill differs from the one before."""
    check_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"bill:{number}", at=timezone.now())
    return tell(request, _explanation(explain(number)))


def _about(number: str, reason: str, request: HttpRequest) -> Proposal:
    """:raises BillNotFound: if there is none of this number, as far as the caller can see"""
    check_in_sight(number, Sight.of(caller(request)))
    standing_of(number)
    return proposal(number, reason)


def _explanation(told: Explanation) -> ExplanationOut:
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
    response=reads(BillOut, 404),
    operation_id="read_bill",
)
def read_bill(request: HttpRequest, number: str) -> HttpResponse:
    """
    A bill, whole. It never changes, but it may be settled or taken back, so its ETag is of both:
    sent back as `If-None-Match` it is answered by 304 while nothing is new.
    """
    check_in_sight(number, Sight.of(caller(request)))
    standing = standing_of(number)
    told = bill(number)
    note_read(request, f"bill:{told.id}", at=timezone.now())
    whole = BillOut.model_validate(bill_out(told, standing))
    return tell(request, whole, tag=tag_of(told.sha256, standing, told.addressee))


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
