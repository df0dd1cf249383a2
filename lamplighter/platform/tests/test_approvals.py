"""What takes two people is done once, by two."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest
from ninja import Router

from lamplighter.kernel import Caller, Grant, Reach, Refusal, new_id
from lamplighter.platform import approvals
from lamplighter.platform.access import needs
from lamplighter.platform.approvals import (
    AlreadyDecided,
    ApprovalUnknown,
    PersonNeeded,
    Proposal,
    ProposalExpired,
    ProposerMayNoMore,
    SecondPersonNeeded,
    carried_out,
)
from lamplighter.platform.audit import record
from lamplighter.platform.four_eyes import CarriedOutByOneError, goes_alone, proposes
from lamplighter.platform.models import Approval, AuditLine
from lamplighter.platform.rest import Api
from lamplighter.platform.tests.lamps import NOON
from lamplighter.platform.tests.processes import race

pytestmark = pytest.mark.django_db

LIGHT = "lamps.light"
HERE = UUID(int=7)
ANN, BEN, CEM = (UUID(int=n) for n in (1, 2, 3))


class OutOfOil(Refusal):
    """There is no oil."""


@carried_out("tests.light_lamp", action=LIGHT)
def light_lamp(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, int]:
    if arguments.get("oil") == 0:
        raise OutOfOil
    record(actor=by, action="tests.light", subject="lamp:1", detail=dict(arguments), at=at)
    return {"lit": arguments["wick"]}


def person(user_id: UUID, *, reach: Reach | None = Reach.ALL, **more: Any) -> Caller:
    where = frozenset({HERE}) if reach is Reach.ORGANISATION else frozenset()
    grants = {} if reach is None else {LIGHT: Grant(reach=reach, organisation_ids=where)}
    return Caller(actor=f"user:{user_id}", grants=grants, user_id=user_id, **more)


def propose(*, by: Caller | None = None, where: UUID | None = None, **arguments: int) -> Approval:
    wanted = Proposal(subject="lamp:1", arguments={"wick": 3, **arguments}, organisation_id=where)
    return approvals.propose("tests.light_lamp", wanted, by=by or person(ANN), at=NOON)


def grants_still(_: UUID) -> Mapping[str, Grant]:
    return {LIGHT: Grant(reach=Reach.ALL)}


def approve(approval: Approval, by: Caller, **other: Any) -> Any:
    how: dict[str, Any] = {"grants_of": grants_still, "at": NOON} | other
    return approvals.approve(approval.id, by=by, **how)


def lit() -> int:
    return AuditLine.objects.filter(action="tests.light").count()


def test_it_is_done_once_a_second_person_has_approved() -> None:
    proposed = propose()
    assert lit() == 0
    approval, result = approve(proposed, person(BEN))
    assert (approval.state, approval.decided_by, result) == ("approved", BEN, {"lit": 3})
    (line,) = AuditLine.objects.filter(action="tests.light")
    assert line.actor == f"user:{BEN}"
    (line,) = AuditLine.objects.filter(action="platform.approve")
    assert (line.actor, line.detail["proposed_by"]) == (f"user:{BEN}", f"user:{ANN}")
    assert line.detail["arguments"] == {"wick": 3}


def test_nobody_approves_or_rejects_what_they_have_proposed() -> None:
    proposed = propose()
    with pytest.raises(SecondPersonNeeded):
        approve(proposed, person(ANN))
    with pytest.raises(SecondPersonNeeded):
        approvals.reject(proposed.id, reason="no", by=person(ANN), at=NOON)
    assert lit() == 0


@pytest.mark.parametrize(
    "by",
    [
        person(BEN, reach=None),
        person(BEN, reach=Reach.OWN),
        person(BEN, reach=Reach.ORGANISATION),
    ],
)
def test_what_somebody_may_not_do_is_not_there_for_them(by: Caller) -> None:
    proposed = propose(where=uuid4())
    assert not approvals.in_sight(by).exists()
    with pytest.raises(ApprovalUnknown):
        approvals.approval_in_sight(proposed.id, by)
    with pytest.raises(ApprovalUnknown):
        approve(proposed, by)
    with pytest.raises(ApprovalUnknown):
        approvals.reject(proposed.id, reason="no", by=by, at=NOON)


def test_within_their_organisation_they_may() -> None:
    proposed = propose(where=HERE)
    by = person(BEN, reach=Reach.ORGANISATION)
    assert approvals.in_sight(by).get() == proposed
    assert approve(proposed, by)[1] == {"lit": 3}


@pytest.mark.parametrize(
    "by",
    [
        person(BEN, client_id="app"),
        Caller(actor="client:x", grants=person(BEN).grants, client_id="x"),
        Caller(actor="key:x", grants=person(BEN).grants),
    ],
)
def test_no_program_approves(by: Caller) -> None:
    with pytest.raises(PersonNeeded):
        approve(propose(), by)


def test_no_system_proposes() -> None:
    with pytest.raises(PersonNeeded):
        propose(by=Caller(actor="client:x", grants=person(BEN).grants, client_id="x"))


def test_nothing_is_decided_twice() -> None:
    approved, rejected, withdrawn = propose(), propose(), propose()
    approve(approved, person(BEN))
    approvals.reject(rejected.id, reason="too bright", by=person(BEN), at=NOON)
    approvals.withdraw(withdrawn.id, by=person(ANN), at=NOON)
    for decided in (approved, rejected, withdrawn):
        with pytest.raises(AlreadyDecided):
            approve(decided, person(CEM))
        with pytest.raises(AlreadyDecided):
            approvals.reject(decided.id, reason="no", by=person(CEM), at=NOON)
        with pytest.raises(AlreadyDecided):
            approvals.withdraw(decided.id, by=person(ANN), at=NOON)
    assert lit() == 1


def test_only_who_has_proposed_withdraws() -> None:
    with pytest.raises(ApprovalUnknown):
        approvals.withdraw(propose().id, by=person(BEN), at=NOON)


def test_a_proposal_is_good_for_a_week() -> None:
    proposed = propose()
    with pytest.raises(ProposalExpired):
        approve(proposed, person(BEN), at=NOON + timedelta(days=7))
    approve(proposed, person(BEN), at=NOON + timedelta(days=7, microseconds=-1))


@pytest.mark.parametrize("now", [{}, {LIGHT: Grant(reach=Reach.OWN)}])
def test_who_has_proposed_has_to_be_allowed_still(now: Mapping[str, Grant]) -> None:
    with pytest.raises(ProposerMayNoMore):
        approve(propose(), person(BEN), grants_of=lambda _: now)
    assert lit() == 0


def test_what_is_refused_leaves_the_proposal_open() -> None:
    proposed = propose(oil=0)
    with pytest.raises(OutOfOil):
        approve(proposed, person(BEN))
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by) == ("open", None)


def test_what_is_not_there_is_not_there() -> None:
    with pytest.raises(ApprovalUnknown):
        approvals.approve(new_id(), by=person(BEN), grants_of=grants_still, at=NOON)


def approve_as_one_of_many(number: int) -> str:
    try:
        approve(Approval.objects.get(), person(UUID(int=100 + number)))
    except Refusal as no:
        return no.code
    return "done"


@pytest.mark.django_db(transaction=True)
def test_of_several_who_approve_at_once_one_does() -> None:
    propose()
    outcomes = race(approve_as_one_of_many, runners=4)
    assert sorted(outcomes) == ["AlreadyDecided"] * 3 + ["done"]
    assert lit() == 1


def site(view: Any, method: str = "post") -> Api:
    router = Router()
    getattr(router, method)("/lamps", auth=needs(LIGHT), response={202: None})(view)
    api = Api(urls_namespace=str(uuid4()))
    api.add_router("", router)
    return api


def light(request: HttpRequest) -> None: ...


def propose_light(request: HttpRequest) -> Proposal:
    raise NotImplementedError


@carried_out("tests.put_out", action="lamps.put_out")
def put_out(arguments: Mapping[str, Any], *, by: str, at: datetime) -> None: ...


@pytest.mark.parametrize(
    "view",
    [light, proposes("tests.unknown")(propose_light), proposes("tests.put_out")(propose_light)],
)
def test_an_operation_that_does_not_wait_keeps_the_site_from_starting(view: Any) -> None:
    site(view).check_declared()
    with pytest.raises(CarriedOutByOneError, match="POST /lamps"):
        site(view).check_declared(four_eyes=[LIGHT])


def test_one_that_waits_or_reads_or_says_why_it_goes_alone_does_not() -> None:
    def alone(request: HttpRequest) -> None: ...

    site(proposes("tests.light_lamp")(propose_light)).check_declared(four_eyes=[LIGHT])
    site(light, "get").check_declared(four_eyes=[LIGHT])
    site(goes_alone("it only dims")(alone)).check_declared(four_eyes=[LIGHT])
