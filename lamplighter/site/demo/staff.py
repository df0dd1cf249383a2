"""Who works for Harbor Light & Water: one person, with a password of this installation's own."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from lamplighter.identity import actions
from lamplighter.identity.actions import UserAlreadyKnown
from lamplighter.identity.domain.permissions import Role

STAFF: Final = "staff@harborlight.example"


def hire(folder: Path, *, by: str, at: datetime) -> None:
    """Let somebody log in, by the password that is kept in the folder."""
    try:
        actions.add_member(
            email=STAFF,
            password=password_in(folder),
            roles=(Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR),
            by=by,
            at=at,
        )
    except UserAlreadyKnown:
        # Hired before, and the marker of this step was not written.
        return


def password_in(folder: Path) -> str:
    """The password; it is made when it is first asked for."""
    kept = folder / "password"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(12) + "\n")
    return kept.read_text().strip()
