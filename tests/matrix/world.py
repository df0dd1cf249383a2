"""The callers of the matrix, and whose things are whose to them."""

from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.test import override_settings
from django.utils import timezone

from lamplighter.identity.actions.api_keys import make_key
from lamplighter.identity.actions.clients import ClientKind
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.domain.permissions import ROLES_OF, Action, OrganisationKind, Role
from lamplighter.identity.models import (
    ApiKey,
    Membership,
    Organisation,
    RegisteredClient,
    Session,
    User,
)
from lamplighter.identity.models.users import email_index
from tests.matrix.cells import CALLERS, By, Proof, Relation, Somebody
from tests.matrix.things import (
    LONG_AGO,
    MARK,
    Things,
    cancellation_by,
    client_of,
    define_cycle,
    home_of,
    kept_by_utility,
    login_of,
    may,
    organisation_of,
    with_a_letter,
)
from tests.web.asking import BACK, PASSWORD, Asker, browser_of, decide, led, question, redeem
from tests.web.asking import token_of as asked_for_itself

NUMBERED = ("account", "bill", "usage_point", "tariff", "cycle", "draft_code")


def quickly() -> override_settings:
    """The matrix is not about how long it takes to guess a password, or to go through all cells."""
    return override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN=3600,
    )


@dataclass
class World:
    """Everybody with what lets them in, and for each relation the things that stand in it."""

    users: dict[str, UUID] = field(default_factory=dict)
    """By caller: who they are, or for whom they act."""
    shown: dict[str, str] = field(default_factory=dict)
    """By program: its token, or its key."""
    own: dict[str, Things] = field(default_factory=dict)
    """By caller: what is theirs."""
    same: dict[str, Things] = field(default_factory=dict)
    """By caller: what is somebody else's whom they work beside, or another customer's."""
    other: Things = field(default_factory=dict)
    owner: UUID | None = None
    """The user whose things are nobody else's."""
    proposer: UUID | None = None
    """Who has proposed what others may decide."""

    def headers(self, who: Somebody) -> dict[str, str]:
        """What somebody shows. A session's is made for each call: it is good for minutes."""
        if who.by is By.NOTHING:
            return {}
        if who.by is By.KEY:
            return {"x-api-key": self.shown[who.name]}
        token = self.shown.get(who.name) or access_token(
            user_id=self.users[who.name],
            session_id=UUID(self.own[who.name]["session"]),
            at=timezone.now(),
        )
        return {"authorization": f"Bearer {token}"}

    def prove(self, who: Somebody, proof: Proof) -> None:
        """Let what somebody shows be as good as this, until the cell is over."""
        if proof is Proof.STALE:
            mine = Session.objects.filter(id=self.own[who.name]["session"])
            mine.update(proven_at=LONG_AGO)
        elif proof is Proof.ENDED and who.by is By.SESSION:
            mine = Session.objects.filter(id=self.own[who.name]["session"])
            mine.update(ended_at=timezone.now(), end_reason="test")
        elif proof is Proof.ENDED and who.by is By.KEY:
            ApiKey.objects.filter(name=who.name).update(ended_at=timezone.now())
        elif proof is Proof.ENDED:
            client_id = self.own[who.name]["asks_as"]
            RegisteredClient.objects.filter(id=client_id).update(ended_at=timezone.now())

    def things(self, who: Somebody, relation: Relation) -> Things:
        """Ids for a call; what is missing is spelt well, what is malformed is not."""
        match relation:
            case Relation.OWN:
                return self.own[who.name]
            case Relation.SAME:
                return self.same[who.name]
            case Relation.OTHER:
                return self.own[who.name] | self.other
            case Relation.MISSING:
                return Missing(self.own[who.name])
            case Relation.MALFORMED:
                return Malformed(self.own[who.name])


class Absent(dict[str, str]):
    """Of each kind of thing one that is not there; `known` are those that are."""

    def __init__(self, known: Things) -> None:
        super().__init__()
        self.known = known


class Missing(Absent):
    """Every kind of thing has an id here, and there is nothing of it."""

    def __missing__(self, kind: str) -> str:
        return absent(kind)


class Malformed(Absent):
    """What cannot be an id of anything."""

    def __missing__(self, kind: str) -> str:
        return "%00" if kind in NUMBERED else "not an id"


def absent(kind: str) -> str:
    if kind == "delivery":
        return "999999999"
    return "NONE-404" if kind in NUMBERED else "01890000-0000-7000-8000-000000000404"


def build() -> World:
    """Make all of it, once; each call is undone afterwards."""
    world, password = World(), make_password(PASSWORD)
    places = {kind: _place(kind) for kind in OrganisationKind}
    rival = _merchant(MARK)
    define_cycle()
    stranger = user_named(MARK, password)
    user_named("door", password)
    officer = join(user_named("officer", password), Role.BILLING_OFFICER, places)
    theirs = home_of("HIDDEN", "Hidden", stranger) | login_of(stranger, MARK)
    theirs |= kept_by_utility() | {"approval": cancellation_by(officer, "B-HIDDEN")}
    letter = with_a_letter()
    owned = {
        one.id: organisation_of(one, user_named(f"c-{n}", password))
        for n, one in enumerate([*places.values(), rival])
    }
    world.owner, world.proposer, world.other = stranger.id, officer.id, owned[rival.id]
    for n, who in enumerate(CALLERS):
        user = user_named(f"caller-{n}", password)
        for role in {*who.roles, *who.works_as} if who.is_person else ():
            join(user, role, places)
        world.users[who.name] = user.id
        world.own[who.name] = letter | home_of(f"H-{n}", "Home", user)
        world.same[who.name] = theirs | owned[places[_works_in(who)].id]
        if who.by is not By.SESSION:
            # While a password is all that they log in by.
            _arm(world, who, Asker(user.id, f"caller-{n}@matrix.example"), places)
        world.own[who.name] |= login_of(user, f"phone-{n}") | {"stranger": str(stranger.id)}
    return world


def _arm(
    world: World, who: Somebody, user: Asker, places: dict[OrganisationKind, Organisation]
) -> None:
    """Give a program what lets it in."""
    assert who.of is not None
    if who.by is By.KEY:
        is_meters = "import" not in " ".join(who.keyed)
        _, world.shown[who.name] = make_key(
            organisation_id=places[who.of].id,
            name=who.name,
            subject=f"meter:{world.own[who.name]['meter']}" if is_meters else "",
            actions=tuple(action.value for action in who.keyed),
            expires_at=None,
            by=may(Action.CHANGE_CLIENTS),
            at=LONG_AGO,
        )
        return
    scopes = sorted(who.scopes or ())
    kind = ClientKind.APP if who.is_person else ClientKind.SYSTEM
    redirects = (BACK,) if who.is_person else ()
    client_id, secret = client_of(places[who.of], kind, scopes, *redirects)
    client = {"id": client_id, "secret": secret}
    if who.is_person:
        asked = question(client, scope=" ".join(scopes))
        answer = redeem(client, led(decide(browser_of(user), asked))["code"])
    else:
        answer = asked_for_itself(client)
    assert answer.status_code == 200, answer.text
    world.shown[who.name] = answer.json()["access_token"]
    world.own[who.name]["asks_as"] = client_id


def user_named(name: str, password: str) -> User:
    """Somebody who has registered and verified their address."""
    email = f"{name}@matrix.example"
    user = User(email_index=email_index(email), joined_at=LONG_AGO, email_verified_at=LONG_AGO)
    for column, sealed in user.sealed(email=email, name=name).items():
        setattr(user, column, sealed)
    user.password = password
    user.save()
    return user


def join(user: User, role: Role, places: dict[OrganisationKind, Organisation]) -> User:
    """Give a role in the organisation of its kind; of groups there are none yet."""
    of = next((places[kind] for kind, roles in ROLES_OF.items() if role in roles), None)
    if of is not None:
        Membership.objects.create(organisation=of, user=user, role=role, since=LONG_AGO)
    return user


def _place(kind: OrganisationKind) -> Organisation:
    if kind is OrganisationKind.MERCHANT:
        return _merchant("Corner")
    return Organisation.objects.get(kind=kind)


def _merchant(name: str) -> Organisation:
    return Organisation.objects.create(
        kind=OrganisationKind.MERCHANT, name=name, slug=name.lower(), made_at=LONG_AGO
    )


def _works_in(who: Somebody) -> OrganisationKind:
    """Whose things are of their own organisation. Who sees all of them is shown a merchant's."""
    narrow = Role.ADMINISTRATOR in who.roles
    return OrganisationKind.UTILITY if narrow else OrganisationKind.MERCHANT
