"""What metering answers over HTTP."""

from lamplighter.metering.api.imports import router as imports
from lamplighter.metering.api.meters import router as meters

__all__ = ["imports", "meters"]
