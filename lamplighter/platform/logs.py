"""
Structured logs, on stderr: for people on a console, for machines as one JSON object a line.

    log = structlog.get_logger(__name__)
    log.info("bill issued", bill=bill.id)

Everything that a request or a run logs carries its trace id. Secrets and what identifies a person
are blotted out by the look of their key or of themselves: log ids instead.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

BLOT: Final = "[hidden]"
_PRIVATE_KEY: Final = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|authori[sz]ation|cookie|session|api_?key"
    r"|e_?mail|phone|mobile|address|birth|tax_?id|passport|latitude|longitude"
    r"|(^|_)(dsn|iban|bic|card)(_|$)"
    r"|^((full|first|last|given|family|user|customer)_?)?name$",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[^\s@<>\"(),;:/=]+@[^\s@<>\"(),;:/=]+\.\w{2,}")
_URL_USER: Final = re.compile(r"(?<=://)[^\s/@]+@")


def current_trace_id() -> str:
    """The trace id of the request or run that is being worked on, or an empty text."""
    return str(structlog.contextvars.get_contextvars().get("trace_id", ""))


@contextmanager
def tracing(trace_id: str) -> Iterator[None]:
    """Let everything inside log, and publish, under a trace id."""
    with structlog.contextvars.bound_contextvars(trace_id=trace_id):
        yield


def configure() -> None:
    """Send what structlog is told through Python's logging, where Django's own logs are too."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_first_steps(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def django_logging(log_format: str) -> dict[str, Any]:
    """Make Django's LOGGING setting. `log_format` is `console` or `json`."""
    as_text: Processor = _as_json
    if log_format == "console":
        as_text = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _first_steps(),
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            as_text,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lamplighter": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lamplighter"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        # Django's own handlers would print everything a second time.
        "loggers": {"django": {"handlers": []}, "django.server": {"handlers": []}},
    }


def _first_steps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:  # noqa: ARG001
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001
    """Blot out secrets and personal data, at any depth."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: object, value: object) -> object:
    if isinstance(key, str) and _PRIVATE_KEY.search(key) and value not in (None, ""):
        return BLOT
    if isinstance(value, dict):
        return {inner: _redacted(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(None, item) for item in value]
    if isinstance(value, str) and "@" in value:
        return _EMAIL.sub(BLOT, _URL_USER.sub(f"{BLOT}@", value))
    return value
