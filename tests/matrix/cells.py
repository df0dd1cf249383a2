"""What has to come of a call, by who makes it and whose the thing is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lamplighter.identity.domain.permissions import TABLE, Action, Role
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
    """2xx, or a no that only who may do it gets to hear: 409, 412, 422."""
    STRANGER = "stranger"
    """401."""
    FORBIDDEN = "forbidden"
    """403."""
    NOT_THERE = "not there"
    """404, or 422 where the id stands in the body or cannot be one."""


RELATIONS: Final[dict[Kind, tuple[Relation, ...]]] = {
    Kind.PERSON: (Relation.OWN, Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.CUSTOMER: (Relation.OWN, Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.UTILITY: (Relation.SAME, Relation.MISSING, Relation.MALFORMED),
    Kind.ORGANISATION: (Relation.SAME, Relation.OTHER, Relation.MISSING, Relation.MALFORMED),
    Kind.NOTHING: (Relation.OWN,),
}
"""Which cells there are: where the utility is the only one, nothing is another utility's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A caller of the matrix."""

    name: str
    roles: tuple[Role, ...] = ()
    """None at all: a stranger."""
    scopes: frozenset[Action] | None = None
    """An app or a system: the actions it may do at most."""
    is_person: bool = True

    def reach(self, action: str) -> Reach | None:
        """How far they may do it; None: not at all."""
        if self.scopes is not None and action not in self.scopes:
            return None
        reaches = [TABLE[role][a] for role in self.roles for a in TABLE[role] if a == action]
        order = [Reach.OWN, Reach.ORGANISATION, Reach.ALL]
        return max(reaches, key=order.index) if reaches else None


def person(role: Role) -> Somebody:
    """Somebody with a role, who is a consumer beside, as everybody is."""
    return Somebody(name=role.value, roles=tuple(dict.fromkeys((Role.CONSUMER, role))))


NOBODY: Final = Somebody(name="nobody")
PEOPLE: Final = tuple(map(person, Role))


def outcome(who: Somebody, action: str, kind: Kind, relation: Relation) -> Outcome:
    """What has to come of it. An empty action: anybody may."""
    if not action:
        return Outcome.NOT_THERE if relation is Relation.MISSING else Outcome.DONE
    if not who.roles:
        return Outcome.STRANGER
    reach = who.reach(action)
    if reach is None:
        return Outcome.FORBIDDEN
    if relation in (Relation.MISSING, Relation.MALFORMED):
        return Outcome.NOT_THERE
    return Outcome.DONE if _sees(reach, kind, relation) else Outcome.NOT_THERE


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
