"""What identity tells somebody about themselves, what it takes away, and how long it keeps what."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from lamplighter.identity.actions.exporting import drop_exports, drop_exports_of
from lamplighter.identity.actions.sweeping import (
    forget_proofs,
    sweep_attempts,
    sweep_challenges,
    sweep_codes,
    sweep_devices,
    sweep_sessions,
)
from lamplighter.identity.queries.personal_data import (
    audit_told,
    consents_of,
    profile_told,
    sessions_told,
)
from lamplighter.platform.privacy import Piece, as_json, erases, tells
from lamplighter.platform.retention import kept

_FILES: Final[dict[str, Callable[[UUID], Any]]] = {
    "profile.json": profile_told,
    "sessions.json": sessions_told,
    "consents.json": consents_of,
    "audit.json": audit_told,
}


@tells("identity")
def tell(user_id: UUID) -> Iterator[Piece]:
    for path, told in _FILES.items():
        yield Piece(path, partial(_made, told, user_id))


def _made(told: Callable[[UUID], Any], user_id: UUID) -> bytes:
    return as_json(told(user_id))


@erases
def erase(user_id: UUID, *, at: datetime) -> None:
    forget_proofs(user_id, at=at)
    drop_exports_of(user_id)


kept(
    kind="log-in-attempts",
    what="Attempts to log in that failed",
    days=1, least=1, most=30,
    why="They lock out who guesses passwords; a quarter of an hour would do.",
)(sweep_attempts)  # fmt: skip
kept(
    kind="challenges",
    what="Codes that were sent, and what passkeys had to sign",
    days=1, least=1, most=30,
    why="They are good for minutes; their number limits how often codes are sent.",
)(sweep_challenges)  # fmt: skip
kept(
    kind="used-codes",
    what="Which codes of an authenticator app were used",
    days=1, least=1, most=30,
    why="A code is good for a minute, and must not be used twice in it.",
)(sweep_codes)  # fmt: skip
kept(
    kind="ended-sessions",
    what="Sessions that have ended, their tokens, and where they were from",
    days=90, least=7, most=365,
    why="Who finds that somebody else was logged in as them looks here.",
)(sweep_sessions)  # fmt: skip
kept(
    kind="known-devices",
    what="Devices from which somebody has logged in before, since they were seen last",
    days=365, least=30, most=730,
    why="A device that is not known is told to its user.",
)(sweep_devices)  # fmt: skip
kept(
    kind="exports",
    what="Everything about somebody, put together for them",
    days=7, least=1, most=30,
    why="There is time to fetch it, and no second copy of a life for long.",
)(drop_exports)  # fmt: skip
