"""The mailbox of an embedded installation: each message is a file, for who tries it out to read."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.conf import settings

from lamplighter.identity.domain.messages import Message
from lamplighter.kernel import new_id


class Mailbox:
    """Lays messages down under LAMPLIGHTER_HOME, readable by its owner alone."""

    def can_send(self, channel: str) -> bool:
        """In production nobody looks for their codes in a file; e-mail is warned of elsewhere."""
        return channel == "email" or not settings.LAMPLIGHTER_PRODUCTION

    def send(self, message: Message, *, at: datetime) -> None:
        folder: Path = settings.LAMPLIGHTER_HOME / "mailbox"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{at:%Y%m%dT%H%M%S}-{new_id()}.json"
        draft = path.with_suffix(".draft")
        text = json.dumps({**asdict(message), "at": at.isoformat()}, ensure_ascii=False, indent=1)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
