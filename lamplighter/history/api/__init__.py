"""Reports over HTTP."""

from lamplighter.history.api.reports import router as reports

__all__ = ["reports"]
