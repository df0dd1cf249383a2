"""Structured logs: for people on a console, for machines as JSON; joined with Django's own."""

import structlog


def current_trace_id() -> str:
    """The trace id of the request or run that is being worked on, or an empty text."""
    return str(structlog.contextvars.get_contextvars().get("trace_id", ""))
