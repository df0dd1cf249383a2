"""What identity does again and again."""

from datetime import datetime

from lamplighter.identity import actions
from lamplighter.platform.tasks import every


@every(seconds=5)
def make_exports(*, at: datetime) -> bool:
    return actions.go_on_with_export(at=at)
