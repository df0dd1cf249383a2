"""Somebody who may do everything, and a thing of each kind that an address or a body can name."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from lamplighter.billing.models import Bill, BillingException, BillRun, HeldBill
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import Home
from lamplighter.customers.models import AccountUser, UsagePoint
from lamplighter.identity.actions import add_member
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Membership, Session
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.registers import Dials, RegisterPlan
from lamplighter.metering.models import ReadingImport
from lamplighter.platform.models import Delivery, OutboxEvent
from tests.web.asking import Asker, somebody, the

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
EVERYTHING = (Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR)


class Administrator:
    """No case ends at the door, and where a thing is named there is one."""

    def __init__(self, folder: Path) -> None:
        self.user_id = add_member(
            email="ada@x.example", password="a lamp in the window", roles=EVERYTHING,
            by="test", at=LONG_AGO,
        )  # fmt: skip
        self.other = somebody("kim@x.example", *EVERYTHING)
        version, home = _settle(folder)
        AccountUser.objects.create(account_id=home.account, user_id=self.user_id, since=LONG_AGO)
        self.things = _of_the_household(home) | _at_work(home) | {"version": str(version)}
        self.things |= _of_people(self, self.things["bill"])

    def authorization(self) -> str:
        """A session of its own for each case: another one may have been ended by it."""
        token = access_token(
            user_id=self.user_id, session_id=_session_of(self.user_id), at=timezone.now()
        )
        return f"Bearer {token}"

    def known(self, name: str, path: str) -> Any:
        """What a parameter or field of this name may be; None: nothing is known."""
        if name in ("number", "code"):
            kinds = {"bills": "bill", "billing-cycles": "cycle", "tariffs": "tariff"}
            name = kinds.get(path.split("/")[2], "account")
        return self.things.get(name.removesuffix("_id"))


def _session_of(user_id: UUID) -> UUID:
    return begin_session(
        user_id=user_id,
        device=Device(kind=Session.Kind.API, name="fuzz", network_address=""),
        at=timezone.now(),
    )


def _settle(folder: Path) -> tuple[UUID, Home]:
    """A home whose bill of January is issued, and that of February held: it is too high."""
    (version,) = village.publish(folder, village.tariff())
    village.define_cycle(rules={"limit_minor": 8000})
    (home,) = village.settle(1)
    village.read_meters([home], JANUARY, FEBRUARY)
    village.read_meters([home], FEBRUARY, MARCH, wh=600)
    village.run(date(2025, 2, 28))
    return version, home


def _of_the_household(home: Home) -> dict[str, Any]:
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=1))
    meters = [
        metering.add_meter(
            serial=f"M-{n}", make="Aster", commodity="electricity", registers=[plan],
            by="test", at=LONG_AGO,
        )
        for n in range(2)
    ]  # fmt: skip
    metering.install_meter(
        meter_id=meters[0], usage_point_id=home.point, installed_at=village.BEGAN,
        readings={"E1": Decimal(1000)}, by="test", at=village.BEGAN,
    )  # fmt: skip
    bill = Bill.objects.get(account=home.account)
    point = UsagePoint.objects.get(id=home.point)
    return {
        "account": home.number,
        "bill": bill.number,
        "refers_to": bill.number,
        "usage_point": home.reference,
        "reference": home.reference,
        "point": str(point.id),
        "location": str(point.service_location_id),
        "service_location": str(point.service_location_id),
        "meter": str(meters[0]),
        "new_meter": str(meters[1]),
        "channel": "E1",
        "agreement": str(home.agreement),
        "tariff": "FLAT",
    }


def _at_work(home: Home) -> dict[str, Any]:
    failed = BillingException.objects.create(
        account_id=home.account, first_day=MARCH, after_last=date(2025, 4, 1), code="NoMeter",
        detail="There is none.", raised_at=LONG_AGO,
    )  # fmt: skip
    file = ReadingImport.objects.create(
        name="day.csv", sha256="0" * 64, format="csv", usage_points=1, intervals_new=96,
        intervals_changed=0, intervals_unchanged=0, recorded_at=LONG_AGO,
    )  # fmt: skip
    event = OutboxEvent.objects.create(name="test.Nothing", data={}, published_at=LONG_AGO)
    parked = Delivery.objects.create(
        event=event, reaction="test.when_nothing", state=Delivery.State.PARKED, tries=9,
        due_at=LONG_AGO, finished_at=LONG_AGO, error="It broke.",
    )  # fmt: skip
    return {
        "cycle": village.CYCLE,
        "run": str(BillRun.objects.earliest("started_at").id),
        "held": str(HeldBill.objects.get().id),
        "exception": str(failed.id),
        "import": str(file.id),
        "delivery": parked.id,
        "kind": "challenges",
    }


def _of_people(ada: Administrator, bill: str) -> dict[str, Any]:
    ask = Asker(ada.user_id, "ada@x.example").ask
    utility = str(the("utility").id)
    mary = somebody("mary@x.example")
    member = Membership.objects.get(user=ada.other.user_id, role=Role.ADMINISTRATOR)
    client = {"organisation_id": utility, "name": "Sunny", "kind": "system",
              "scopes": ["bills.read"]}  # fmt: skip
    key = {"organisation_id": utility, "name": "Head-end"}
    home = {"address": ["1 High Street"], "commodity": "electricity", "meter_number": "7",
            "tariff": "FLAT", "account": None}  # fmt: skip
    made = {
        "export": ask("post", "exports"),
        "hold": ask("post", f"users/{mary.user_id}/legal-holds", {"reason": "A dispute."}),
        "approval": ada.other.ask("post", f"bills/{bill}/cancellation", {"reason": "It is wrong."}),
        "client": ask("post", "clients", client),
        "key": ask("post", "api-keys", key),
        "property": ask("post", "users/properties", home),
    }
    ids = {kind: answer.json()["id"] for kind, answer in made.items()}
    return ids | {
        "user": str(mary.user_id),
        "session": str(_session_of(ada.user_id)),
        "organisation": utility,
        "member": str(member.id),
        "email": mary.email,
        "username": mary.email,
    }
