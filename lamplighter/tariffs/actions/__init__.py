"""What can be done with tariffs."""

from lamplighter.tariffs.actions.import_tariffs import Outcome, RecordResult, import_tariffs
from lamplighter.tariffs.actions.mark_billed import mark_billed
from lamplighter.tariffs.actions.publish_version import VersionsOverlap, publish_version
from lamplighter.tariffs.actions.versions_of_tariff import VersionNotInState
from lamplighter.tariffs.actions.withdraw_version import VersionHasBilled, withdraw_version
from lamplighter.tariffs.queries.versions import VersionUnknown

__all__ = [
    "Outcome",
    "RecordResult",
    "VersionHasBilled",
    "VersionNotInState",
    "VersionUnknown",
    "VersionsOverlap",
    "import_tariffs",
    "mark_billed",
    "publish_version",
    "withdraw_version",
]
