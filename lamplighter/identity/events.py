"""What identity tells others."""

from dataclasses import dataclass
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """Nobody can read any more who this user was."""

    user_id: UUID
