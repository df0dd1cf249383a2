"""What tariffs answers over HTTP."""

from lamplighter.tariffs.api.tariffs import router as tariffs
from lamplighter.tariffs.api.versions import router as versions

__all__ = ["tariffs", "versions"]
