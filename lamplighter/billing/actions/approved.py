"""What is done to issued bills once two people want it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lamplighter.billing.actions.cancelling import cancel_bill, rebill
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.approvals import Proposal, carried_out
from lamplighter.platform.canonical_json import JSON


@carried_out("billing.cancel_bill", action=Action.CANCEL_BILLS)
def cancel_approved(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, JSON]:
    """
    Take an issued bill back.

    :raises Refusal: see `cancel_bill`
    """
    number, reason = arguments["number"], arguments["reason"]
    return {"number": cancel_bill(number=number, reason=reason, by=by, at=at)}


@carried_out("billing.rebill", action=Action.CANCEL_BILLS)
def rebill_approved(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, JSON]:
    """
    Take an issued bill back and bill its days again, by what is known then.

    :raises Refusal: see `rebill`
    """
    number, reason = arguments["number"], arguments["reason"]
    taken_back, again = rebill(number=number, reason=reason, by=by, at=at)
    return {"cancellation": taken_back, "number": again}


def proposal(number: str, reason: str) -> Proposal:
    """What is proposed: it is about one bill, and says why."""
    return Proposal(subject=f"bill:{number}", arguments={"number": number, "reason": reason})
