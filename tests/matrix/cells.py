"""What has to come of a call, by who makes it and whose the thing is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lamplighter.identity.domain.permissions import (
    ROLES_OF,
    TABLE,
    Action,
    OrganisationKind,
    Role,
)
from lamplighter.kernel import Reach


class Relation(StrEnum):
    """Whose the thing is that somebody asks for."""

    OWN = "own"
    """The caller's own: their account, their session."""
    SAME = "same organisation"
    """Of the organisation in which the caller works; to a consumer, of the same utility."""
    OTHER = "other organisation"
    """Of an organisation to which the caller is nothing."""
    MISSING = "missing"
    MALFORMED = "malformed"


class Kind(StrEnum):
    """To whom things of a kind belong."""

    PERSON = "person"
    """Somebody's alone: nobody else sees it, whatever they may do."""
    CUSTOMER = "customer"
    """A customer's, and the utility's."""
    UTILITY = "utility"
    """The utility's."""
    ORGANISATION = "organisation"
    """An organisation's, whichever it is."""
    NOTHING = "nothing"
    """There is no one thing: a list, or the caller themselves."""


class Outcome(StrEnum):
    """How an answer is."""

    DONE = "done"
    """2xx, or a no that the operation names as one that only who may do it gets to hear."""
    STRANGER = "stranger"
    """401."""
    FORBIDDEN = "forbidden"
    """403."""
    NOT_THERE = "not there"
    """404, or 422 where the id cannot be one."""


class Proof(StrEnum):
    """How good is what a caller shows."""

    FRESH = "fresh"
    """They have proven a moment ago who they are."""
    STALE = "proven long ago"
    """Still let in, but not to what needs a fresh proof."""
    ENDED = "ended"
    """Their session, key or client is over."""


RELATIONS: Final[dict[Kind, tuple[Relation, ...]]] = {
    Kind.PERSON: (Relation.OWN, Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.CUSTOMER: (Relation.OWN, Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.UTILITY: (Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.ORGANISATION: (Relation.SAME, Relation.OTHER, Relation.MISSING, Relation.MALFORMED),
    Kind.NOTHING: (Relation.OWN,),
}
"""Which cells there are: where the utility is the only one, nothing is another utility's."""


class By(StrEnum):
    """What a caller shows to be let in."""

    NOTHING = "nothing"
    SESSION = "session"
    CLIENT = "client"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A caller of the matrix."""

    name: str
    by: By = By.SESSION
    roles: tuple[Role, ...] = ()
    """That count for them; of a system, all that its organisation has."""
    scopes: frozenset[Action] | None = None
    """Of an app or a system: the actions it may do at most."""
    of: OrganisationKind | None = None
    """Of an app, a system or a key: whose it is."""
    works_as: tuple[Role, ...] = ()
    """Of an app: what its user is to the utility, which counts for the utility's apps only."""
    is_person: bool = True
    """A system and a key act for nobody."""
    keyed: Mapping[Action, Reach] = field(default_factory=dict)
    """Of a key: all that it may do. For one meter: its own."""

    def reach(self, action: str) -> Reach | None:
        """How far they may do it; None: not at all."""
        if self.by is By.KEY:
            return self.keyed.get(Action(action)) if action else None
        if self.scopes is not None and action not in self.scopes:
            return None
        reaches = [TABLE[role][a] for role in self.roles for a in TABLE[role] if a == action]
        order = [Reach.OWN, Reach.ORGANISATION, Reach.ALL]
        return max(reaches, key=order.index) if reaches else None


def person(role: Role) -> Somebody:
    """Somebody with a role, who is a consumer beside, as everybody is."""
    return Somebody(name=role.value, roles=tuple(dict.fromkeys((Role.CONSUMER, role))))


def system(of: OrganisationKind, *scopes: Action) -> Somebody:
    """Client credentials: what its organisation's roles allow together, as far as scopes go."""
    return Somebody(
        name=f"system of the {of}",
        by=By.CLIENT,
        roles=tuple(ROLES_OF[of]),
        scopes=frozenset(scopes),
        of=of,
        is_person=False,
    )


def app(of: OrganisationKind, works_as: Role | None, *scopes: Action) -> Somebody:
    """An app for somebody. Another organisation's gets to nothing of their work."""
    work = () if works_as is None else (works_as,)
    counts = work if of is OrganisationKind.UTILITY else ()
    return Somebody(
        name=f"app of the {of} for {works_as or 'a customer'}",
        by=By.CLIENT,
        roles=(Role.CONSUMER, *counts),
        scopes=frozenset(scopes),
        of=of,
        works_as=work,
    )


def key(name: str, **keyed: Reach) -> Somebody:
    """A meter's key, or a head-end's; `readings_record` stands for `readings.record`."""
    may = {Action(action.replace("_", ".")): reach for action, reach in keyed.items()}
    utility = OrganisationKind.UTILITY
    return Somebody(name=f"key of a {name}", by=By.KEY, of=utility, is_person=False, keyed=may)


NOBODY: Final = Somebody(name="nobody", by=By.NOTHING, is_person=False)
PEOPLE: Final = tuple(map(person, Role))
PROGRAMS: Final = (
    system(
        OrganisationKind.UTILITY,
        Action.READ_ACCOUNTS, Action.READ_BILLS, Action.READ_USAGE, Action.RECORD_READINGS,
        Action.READ_PROPERTIES, Action.CHANGE_PROPERTIES, Action.READ_MEMBERS,
    ),
    system(
        OrganisationKind.MERCHANT,
        Action.READ_ORGANISATIONS, Action.READ_MEMBERS, Action.READ_CLIENTS,
    ),
    app(
        OrganisationKind.UTILITY, None,
        Action.READ_ME, Action.READ_ACCOUNTS, Action.READ_PROPERTIES, Action.CHANGE_PROPERTIES,
        Action.EXPORT_ME,
    ),
    app(
        OrganisationKind.UTILITY, Role.ADMINISTRATOR,
        Action.READ_ME, Action.READ_BILLS, Action.CANCEL_BILLS, Action.READ_USERS,
        Action.READ_ORGANISATIONS,
    ),
    app(
        OrganisationKind.MERCHANT, Role.ADMINISTRATOR,
        Action.READ_ACCOUNTS, Action.READ_BILLS, Action.READ_USAGE, Action.READ_ORGANISATIONS,
    ),
    key("meter", readings_record=Reach.OWN),
    key("head-end", readings_record=Reach.ALL, readings_import=Reach.ALL),
)  # fmt: skip
CALLERS: Final = (*PEOPLE, *PROGRAMS)
EVERYBODY: Final = (NOBODY, *CALLERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an operation asks of who calls it."""

    action: str
    """Empty: anybody may call it."""
    kind: Kind
    fresh: bool = False
    """They must have proven a short while ago who they are, which no program can."""
    in_person: bool = False
    """It takes a session of one's own: no app gets to it, whatever it may do."""
    of_people: bool = False
    """It is about a person: no system gets to it, whatever it may do."""


def outcome(who: Somebody, rule: Rule, relation: Relation) -> Outcome:
    """What has to come of a call."""
    is_somewhere = relation not in (Relation.MISSING, Relation.MALFORMED)
    if not rule.action:
        return Outcome.DONE if is_somewhere else Outcome.NOT_THERE
    if who.by is By.NOTHING:
        return Outcome.STRANGER
    reach = who.reach(rule.action)
    if reach is None or (rule.fresh and who.by is not By.SESSION):
        return Outcome.FORBIDDEN
    # What cannot be understood is told before the operation itself looks who asks.
    if relation is Relation.MALFORMED:
        return Outcome.NOT_THERE
    if not _takes(who, rule):
        return Outcome.FORBIDDEN
    if relation is Relation.MISSING:
        return Outcome.NOT_THERE
    return Outcome.DONE if _sees(reach, rule.kind, relation) else Outcome.NOT_THERE


def shows(who: Somebody, rule: Rule, kind: Kind) -> bool:
    """Whether a list of things of a kind shows somebody one that is another's."""
    reach = who.reach(rule.action)
    elsewhere = Relation.OTHER if kind is Kind.ORGANISATION else Relation.SAME
    return reach is not None and _sees(reach, kind, elsewhere)


def _takes(who: Somebody, rule: Rule) -> bool:
    if rule.in_person and who.by is not By.SESSION:
        return False
    return who.is_person or not rule.of_people


def _sees(reach: Reach, kind: Kind, relation: Relation) -> bool:
    match kind:
        case Kind.NOTHING:
            return True
        case Kind.PERSON:
            return relation is Relation.OWN
        case Kind.CUSTOMER:
            return reach is Reach.ALL or (reach is Reach.OWN and relation is Relation.OWN)
        case Kind.UTILITY:
            return reach is Reach.ALL
        case Kind.ORGANISATION:
            return reach is Reach.ALL or (reach is Reach.ORGANISATION and relation is Relation.SAME)
