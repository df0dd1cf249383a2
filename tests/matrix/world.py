"""The people of the matrix, and the things that they have."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.utils import timezone

from lamplighter.billing.tests.issued import Household, issue, month, move_in
from lamplighter.customers.models import AccountUser
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.domain.permissions import ROLES_OF, OrganisationKind, Role
from lamplighter.identity.models import Membership, Organisation, Session, User
from lamplighter.identity.models.users import email_index
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.registers import Dials, RegisterPlan
from tests.matrix.cells import Relation, Somebody

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
MARK = "Hidden"
"""Stands in the name of each thing that is somebody else's: a list that shows it has leaked."""

Things = dict[str, str]
"""By kind of thing, the id or number by which an address names it."""


@dataclass
class World:
    """Everybody with their sessions, and for each relation the things that stand in it."""

    sessions: dict[str, UUID] = field(default_factory=dict)
    users: dict[str, UUID] = field(default_factory=dict)
    own: dict[str, Things] = field(default_factory=dict)
    """By caller: what is theirs."""
    same: dict[str, Things] = field(default_factory=dict)
    """By caller: what is somebody else's whom they work beside, or another customer's."""
    other: dict[str, Things] = field(default_factory=dict)

    def token(self, who: Somebody) -> str:
        """Made for each call: it is good for minutes, and all of the cells take longer."""
        session_id = self.sessions[who.name]
        return access_token(user_id=self.users[who.name], session_id=session_id, at=timezone.now())

    def things(self, who: Somebody, relation: Relation) -> Things:
        """Ids for a call; what is missing is spelt well, what is malformed is not."""
        match relation:
            case Relation.OWN:
                return self.own[who.name]
            case Relation.SAME:
                return self.same[who.name]
            case Relation.OTHER:
                return self.other[who.name]
            case Relation.MISSING:
                return Missing()
            case Relation.MALFORMED:
                return Malformed()


class Missing(dict[str, str]):
    """Every kind of thing has an id here, and there is nothing of it."""

    def __missing__(self, kind: str) -> str:
        return "NONE-404" if kind in ("account", "bill", "usage_point", "tariff") else str(uuid4())


class Malformed(dict[str, str]):
    """What cannot be an id of anything."""

    def __missing__(self, kind: str) -> str:
        return "%00" if kind in ("account", "bill", "usage_point", "tariff") else "not-an-id"


def build(everybody: tuple[Somebody, ...]) -> World:
    """Make all of it, once; each call is undone afterwards."""
    world = World()
    merchant, rival = (
        Organisation.objects.create(
            kind=OrganisationKind.MERCHANT, name=name, slug=name.lower(), made_at=LONG_AGO
        )
        for name in ("Corner", MARK)
    )
    stranger = home_of("HIDDEN", MARK)
    for who in everybody:
        user = user_named(who.name)
        world.users[who.name] = user.id
        for role in who.roles:
            join(user, role, merchant)
        home = home_of(f"H-{who.name.upper().replace('_', '-')}", "Home")
        AccountUser.objects.create(account_id=home[0].account_id, user_id=user.id, since=LONG_AGO)
        world.sessions[who.name] = log_in(user)
        world.own[who.name] = things_of(home) | {"session": str(world.sessions[who.name])}
        world.same[who.name] = things_of(stranger) | {"session": ""}
        world.other[who.name] = {"organisation": str(rival.id)}
    _sessions_of_others(world, everybody)
    return world


def user_named(name: str) -> User:
    """Somebody whose password nobody knows: they have their tokens from here."""
    email = f"{name}@matrix.example"
    user = User(email_index=email_index(email), joined_at=LONG_AGO, email_verified_at=LONG_AGO)
    for column, sealed in user.sealed(email=email, name=name).items():
        setattr(user, column, sealed)
    user.set_unusable_password()
    user.save()
    return user


def join(user: User, role: Role, merchant: Organisation) -> None:
    """Give a role in the organisation of its kind; of groups there are none yet."""
    kind = next((kind for kind, roles in ROLES_OF.items() if role in roles), None)
    if kind is None:
        return
    of = merchant if kind is OrganisationKind.MERCHANT else Organisation.objects.get(kind=kind)
    Membership.objects.create(organisation=of, user=user, role=role, since=LONG_AGO)


def log_in(user: User) -> UUID:
    return begin_session(
        user_id=user.id,
        device=Device(kind=Session.Kind.API, name="matrix", network_address=""),
        at=timezone.now(),
    )


def home_of(number: str, holder: str) -> tuple[Household, str, UUID]:
    """A household with a bill and a meter."""
    home = move_in(number, holder=holder, usage_point=f"UP-{number}")
    bill = f"B-{number}"
    issue(home, month(home, date(2025, 1, 1), 100), bill)
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=1))
    meter_id = metering.add_meter(
        serial=f"M-{number}",
        make="Aster",
        commodity="electricity",
        registers=[plan],
        by="test",
        at=LONG_AGO,
    )
    metering.install_meter(
        meter_id=meter_id,
        usage_point_id=home.usage_point_id,
        installed_at=LONG_AGO,
        readings={"E1": Decimal(1000)},
        by="test",
        at=LONG_AGO,
    )
    return home, bill, meter_id


def things_of(made: tuple[Household, str, UUID]) -> Things:
    home, bill, meter_id = made
    return {
        "account": home.number,
        "bill": bill,
        "usage_point": home.usage_point,
        "meter": str(meter_id),
        "agreement": str(home.agreement_id),
    }


def _sessions_of_others(world: World, everybody: tuple[Somebody, ...]) -> None:
    """To each, the session of the one before is somebody else's."""
    before = everybody[-1]
    for who in everybody:
        world.same[who.name]["session"] = world.own[before.name]["session"]
        before = who
