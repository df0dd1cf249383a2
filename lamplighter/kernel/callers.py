"""Who asks for something, and how far what they may do reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Reach(StrEnum):
    """Over whose things an action may be done."""

    OWN = "own"
    """What is one's own: one's profile, the accounts that one holds, their bills."""
    ORGANISATION = "organisation"
    """What belongs to the organisations in which one has the role."""
    ALL = "all"
    """Everything here: the utility's business, all organisations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One thing that a caller may do, and over whose things."""

    reach: Reach
    organisation_ids: frozenset[UUID] = frozenset()
    """Where the reach is `ORGANISATION`: which."""
    subject: str = ""
    """If not empty, this one thing only, such as `meter:0199…`: what a meter's key is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody or something that has proven who it is, with all that it may do."""

    actor: str
    """For the audit trail: `user:0199…`, `client:3f…`, `key:0199…`."""
    grants: Mapping[str, Grant]
    """By action. What is not in here is not allowed."""
    user_id: UUID | None = None
    """None: a system, which has nothing of its own."""
    session_id: UUID | None = None
    client_id: str = ""
    """The OAuth client that asks, for itself or for the user."""
    proven_at: datetime | None = None
    """When the user has last proven who they are, in this session."""
    requests_per_minute: int | None = None
    """How many of its requests are answered; None: as many as anybody's."""
    asked: str = field(default="", compare=False)
    """The action that this request needs."""

    @property
    def grant(self) -> Grant:
        """What allows this request."""
        return self.grants[self.asked]
