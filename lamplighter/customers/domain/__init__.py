"""Rules of customers."""

from dataclasses import dataclass
from uuid import UUID

from lamplighter.kernel import Caller, Reach


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose accounts somebody sees. What is out of sight is, to them, not there."""

    everything: bool = False
    user_id: UUID | None = None
    """Those that this user may see; None, unless everything: none at all."""

    @classmethod
    def of(cls, caller: Caller) -> "Sight":
        """What the action that a request needs reaches."""
        reach = caller.grant.reach
        if reach is Reach.ALL and not caller.grant.subject:
            return cls(everything=True)
        return cls(user_id=caller.user_id if reach is Reach.OWN else None)


EVERYTHING = Sight(everything=True)
"""For what is not asked for by anybody outside: billing, the command line."""
