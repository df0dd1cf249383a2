"""What the people of the matrix have: homes, log-ins, what the utility and organisations keep."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import orjson
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.utils import timezone

from lamplighter.billing import actions as billing
from lamplighter.billing.actions.approved import proposal
from lamplighter.billing.actions.parking import hold
from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.calendars import regular_calendar
from lamplighter.billing.domain.checks import Check
from lamplighter.billing.domain.drafts import draft_of
from lamplighter.billing.models import (
    BilledAccount,
    BillingCycle,
    BillingException,
    BillRun,
    HeldBill,
    PendingCorrection,
)
from lamplighter.billing.queries.addressees import addressee_of
from lamplighter.billing.queries.drafting import Ready
from lamplighter.billing.tests.issued import Household, issue, month, move_in
from lamplighter.billing.tests.village import tariff
from lamplighter.customers import actions as customers
from lamplighter.customers import queries as accounts
from lamplighter.customers.models import AccountUser, UsagePoint
from lamplighter.identity.actions import (
    begin_export,
    challenges,
    contacts,
    enrolling,
    hold_person,
    record_consent,
    refreshing,
)
from lamplighter.identity.actions.clients import ClientKind, Wishes, register_client
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.domain.permissions import Action, OrganisationKind, Role
from lamplighter.identity.models import (
    ApiKey,
    Challenge,
    Export,
    Membership,
    Organisation,
    Session,
    User,
)
from lamplighter.kernel import Caller, Grant, Reach
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.buckets import bucket_of
from lamplighter.metering.domain.registers import Dials, RegisterPlan
from lamplighter.metering.models import ReadingImport
from lamplighter.platform import approvals
from lamplighter.platform.models import Delivery, OutboxEvent
from lamplighter.tariffs import actions as tariffs
from lamplighter.tariffs.queries.files import schedule_in

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
MARK = "hidden"
"""In the name of each thing that is somebody else's: a list that shows it has leaked."""
CYCLE = "MONTHLY"
LETTER = "H-LETTER"
"""An account whose holder has got a code, and has not used it."""

Things = dict[str, str]
"""By kind of thing, the id or number by which an address names it."""


def may(*actions: Action, user_id: UUID | None = None) -> Caller:
    """Somebody who may do this to everything."""
    grants = {action.value: Grant(reach=Reach.ALL) for action in actions}
    return Caller(actor="test", grants=grants, asked=actions[0].value, user_id=user_id)


def home_of(number: str, holder: str, user: User | None) -> Things:
    """A household with a meter, a bill, one that is held, and one that could not be made."""
    home = move_in(number, holder=holder, usage_point=f"UP-{number}", address=f"1 {holder} Street")
    _put_in_cycle(home)
    issue(home, month(home, date(2025, 1, 1), 100), f"B-{number}")
    things = {
        "account": number,
        "bill": f"B-{number}",
        "usage_point": home.usage_point,
        "point": str(home.usage_point_id),
        "location": str(UsagePoint.objects.get(id=home.usage_point_id).service_location_id),
        "meter": str(read_meter_at(home.usage_point_id, number)),
        "agreement": str(home.agreement_id),
        "held": str(_held(home)),
        "exception": str(_failed(home).id),
    }
    PendingCorrection.objects.create(
        agreement_id=home.agreement_id, first_day=date(2025, 1, 1), noticed_at=LONG_AGO
    )
    if user is not None:
        AccountUser.objects.create(account_id=home.account_id, user_id=user.id, since=LONG_AGO)
        things["property"] = str(_described(home, holder, user))
    return things


def read_meter_at(usage_point_id: UUID, number: str) -> UUID:
    """It showed 1,000 in the beginning, and 1,100 when January 2025 was over."""
    meter_id = meter_of(number)
    metering.install_meter(
        meter_id=meter_id,
        usage_point_id=usage_point_id,
        installed_at=LONG_AGO,
        readings={"E1": Decimal(1000)},
        by="test",
        at=LONG_AGO,
    )
    metering.record_register_reading(
        meter_id=meter_id,
        channel="E1",
        read_at=datetime(2025, 2, 1, tzinfo=UTC),
        shown=Decimal(1100),
        source="test",
        by="test",
        at=datetime(2025, 2, 2, tzinfo=UTC),
    )
    return meter_id


def meter_of(number: str) -> UUID:
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=1))
    return metering.add_meter(
        serial=f"M-{number}",
        make="Aster",
        commodity="electricity",
        registers=[plan],
        by="test",
        at=LONG_AGO,
    )


def login_of(user: User, name: str) -> Things:
    """What only they see: sessions, exports, second factors, changes that they have begun."""
    at, label = timezone.now(), f"{name} phone"
    Authenticator.objects.create(
        user_id=user.id,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": encrypt(label), "credential": {"id": f"key-{user.id}"}},
    )
    export_id = begin_export(user_id=user.id, by="test", at=at)
    Export.objects.filter(id=export_id).update(state=Export.State.READY, ready_at=at)
    record_consent(
        user_id=user.id, kind=name, version="1", given=True, how="test", by="test", at=at
    )
    session = begin_session(
        user_id=user.id,
        device=Device(kind=Session.Kind.API, name=label, network_address=""),
        at=at,
    )
    return {
        "user": str(user.id),
        "session": str(session),
        "export": str(export_id),
        "passkey": f"key-{user.id}",
        "approval": str(_proposed_by(user)),
        "hold": str(hold_person(person=user.id, reason=f"{name}'s case", by="test", at=at)),
        "refresh_token": refreshing.issue_tokens(session_id=session, at=at).refresh,
        **dict(_begun(user, at)),
    }


def kept_by_utility() -> Things:
    """A cycle and its run, a tariff and its versions, a file of readings, a delivery in trouble."""
    event = OutboxEvent.objects.create(name="x.Y", data={}, published_at=LONG_AGO)
    parked = Delivery.objects.create(
        event=event, reaction=f"x.{MARK}", state=Delivery.State.PARKED, tries=9,
        due_at=LONG_AGO, finished_at=LONG_AGO,
    )  # fmt: skip
    stored = ReadingImport.objects.create(
        name=f"{MARK}.csv", sha256="0" * 64, format="csv", usage_points=1, intervals_new=1,
        intervals_changed=0, intervals_unchanged=0, recorded_at=LONG_AGO,
    )  # fmt: skip
    run = BillRun.objects.create(
        cycle=BillingCycle.objects.get(code=CYCLE), first_day=date(2024, 1, 1),
        after_last=date(2024, 2, 1), issued_on=date(2024, 2, 2), started_at=LONG_AGO,
    )  # fmt: skip
    return {
        "cycle": CYCLE,
        "run": str(run.id),
        "tariff": "HIDDEN-RATE",
        "version": str(drafted("HIDDEN-RATE", published=True)),
        "draft": str(drafted("DRAFT-RATE", published=False)),
        "import": str(stored.id),
        "delivery": str(parked.id),
        "retention": "deliveries",
        "new_meter": str(meter_of("SPARE")),
    }


def with_a_letter() -> Things:
    """An account that nobody sees yet, and its code; and a usage point that nobody pays for."""
    home = move_in(LETTER, holder="Home", usage_point="UP-LETTER")
    code, _ = customers.make_account_code(account_id=home.account_id, by="test", at=timezone.now())
    customers.add_usage_point(
        service_location_id=UsagePoint.objects.get(id=home.usage_point_id).service_location_id,
        reference="UP-FREE",
        commodity="electricity",
        by="test",
        at=LONG_AGO,
    )
    return {"letter_code": code}


def drafted(code: str, *, published: bool) -> UUID:
    schedule = schedule_in(orjson.dumps(tariff(code)), source="test")
    (result,) = tariffs.import_tariffs(tariffs=[schedule], by="test", at=LONG_AGO)
    assert result.version_id
    if published:
        tariffs.publish_version(version_id=result.version_id, by="test", at=LONG_AGO)
    return result.version_id


def define_cycle() -> None:
    billing.define_cycle(code=CYCLE, name=f"Monthly, {MARK}", rules={}, by="test", at=LONG_AGO)
    calendar = regular_calendar(date(2024, 1, 1), months=1, count=18)
    billing.extend_calendar(cycle=CYCLE, periods=calendar, by="test", at=LONG_AGO)


def organisation_of(organisation: Organisation, colleague: User) -> Things:
    """Somebody who works there, a system, and a key."""
    kind, name = OrganisationKind(organisation.kind), organisation.name
    ordinary, top = {
        OrganisationKind.UTILITY: (Role.SUPPORT_AGENT, Role.ADMINISTRATOR),
        OrganisationKind.MERCHANT: (Role.MERCHANT_STAFF, Role.MERCHANT_OWNER),
        OrganisationKind.PLATFORM: (Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR),
    }[kind]
    member = Membership.objects.create(
        organisation=organisation, user=colleague, role=ordinary, since=LONG_AGO
    )
    client_id, _ = client_of(organisation, ClientKind.SYSTEM, [Action.READ_ORGANISATIONS])
    api_key = ApiKey.objects.create(
        organisation=organisation, name=name, prefix="lk_0", hash=uuid4().hex,
        actions=[Action.RECORD_READINGS], made_by="test", made_at=LONG_AGO,
    )  # fmt: skip
    return {
        "organisation": str(organisation.id),
        "member": str(member.id),
        "client": client_id,
        "api_key": str(api_key.id),
        "role": ordinary.value,
        "top_role": top.value,
    }


def client_of(
    organisation: Organisation, kind: ClientKind, scopes: list[Action], *redirects: str
) -> tuple[str, str]:
    """Its id and its secret."""
    wishes = Wishes(
        name=organisation.name,
        redirect_uris=redirects,
        scopes=tuple(scope.value for scope in scopes),
        requests_per_minute=100_000,
    )
    return register_client(
        kind=kind,
        organisation_id=organisation.id,
        wishes=wishes,
        keeps_secret=True,
        by=may(Action.CHANGE_CLIENTS),
        at=LONG_AGO,
    )


def cancellation_by(user: User, bill: str) -> str:
    """Somebody proposes to take a bill back."""
    by = may(Action.CANCEL_BILLS, user_id=user.id)
    what = proposal(bill, f"for {MARK} reasons")
    return str(approvals.propose("billing.cancel_bill", what, by=by, at=timezone.now()).id)


def _proposed_by(user: User) -> UUID:
    # Of an action that nobody has: only who has proposed it sees it.
    approval = approvals.propose(
        "billing.cancel_bill",
        approvals.Proposal(subject="bill:none", arguments={"why": str(user.id)}),
        by=may(Action.CANCEL_BILLS, user_id=user.id),
        at=timezone.now(),
    )
    return approval.id


def _begun(user: User, at: datetime) -> Iterator[tuple[str, str]]:
    """Handles of what somebody has begun, and what they have to show to finish it."""
    app = enrolling.begin_totp(user_id=user.id, at=at)
    yield from (("totp_handle", app.handle), ("totp_secret", app.secret))
    changed = contacts.begin_email_change(
        user_id=user.id, email=f"new-{user.id}@matrix.example", at=at
    )
    yield from (("email_handle", changed.new), ("email_code", _code(user, "change_email_new")))
    challenge, handle = challenges.open_challenge(
        Challenge.Purpose.CHANGE_PHONE_NEW, user_id=user.id, target="+4915112345678", at=at
    )
    challenges.want_code(challenge, channel="sms", at=at)
    yield from (("phone_handle", handle), ("phone_code", _code(user, "change_phone_new")))
    _, handle = challenges.open_challenge(
        Challenge.Purpose.ADD_PASSKEY, user_id=user.id, state={"challenge": "x"}, at=at
    )
    yield "passkey_handle", handle


def _code(user: User, purpose: str) -> str:
    challenge = Challenge.objects.filter(user=user, purpose=purpose).latest("made_at")
    return challenges.opened(challenge, "code")


def _put_in_cycle(home: Household) -> None:
    BilledAccount.objects.create(
        account_id=home.account_id,
        cycle=BillingCycle.objects.get(code=CYCLE),
        bucket=bucket_of(home.usage_point_id),
        lead=home.usage_point_id,
    )


def _held(home: Household) -> UUID:
    day = date(2025, 2, 1)
    draft = draft_of(
        account_id=home.account_id,
        account=home.number,
        kind=BillKind.ADJUSTMENT,
        currency="EUR",
        segments=(),
        adjustments=[billing.cancelling.line_of("Late", 100, "EUR", reason="late")],
        refers_to=None,
        days=(day, day + timedelta(1)),
        known_at=LONG_AGO,
    )
    addressee = addressee_of(accounts.account(home.number))
    ready = Ready(draft=draft, checks=(Check(code="high", detail="Odd."),), addressee=addressee)
    hold([ready], run_id=None, at=LONG_AGO)
    return HeldBill.objects.get(account_id=home.account_id).id


def _failed(home: Household) -> BillingException:
    return BillingException.objects.create(
        account_id=home.account_id, first_day=date(2024, 1, 1), after_last=date(2024, 2, 1),
        code="NoVersionInForce", detail=f"{home.holder} has no rates.", raised_at=LONG_AGO,
    )  # fmt: skip


def _described(home: Household, holder: str, user: User) -> UUID:
    described = customers.DescribedProperty(
        address=(f"1 {holder} Street",),
        commodity="electricity",
        meter_number=f"M-{home.number}",
        tariff="HOME",
        account_id=home.account_id,
    )
    return customers.add_user_property(described, user_id=user.id, by="test", at=LONG_AGO)
