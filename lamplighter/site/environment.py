"""Everything that the surroundings decide, read from environment variables in one place."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lamplighter.kernel import Place, Refusal


class BadSetting(Refusal):
    """A setting in the environment cannot be used."""


_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """
    The settings of one installation. Every one has a default that suits a person trying it out.

    :raises BadSetting: from `read`, naming the variable, if its value cannot be used
    """

    home: Path
    """LAMPLIGHTER_HOME: where an embedded installation keeps its data."""
    port: int
    """LAMPLIGHTER_PORT: where the server listens."""
    database_url: str
    """LAMPLIGHTER_DATABASE: `sqlite:///path` or `postgres://user:password@host:port/name`."""
    secret_key: str | None
    """LAMPLIGHTER_SECRET_KEY: signs sessions; required in production."""
    production: bool
    """LAMPLIGHTER_PRODUCTION: refuse to start on settings that are only fit for trying out."""
    hosts: tuple[str, ...]
    """LAMPLIGHTER_HOSTS: host names that requests may ask for, separated by commas."""
    time_zone: str
    """LAMPLIGHTER_TIME_ZONE: the utility's own time zone."""
    log_format: str
    """LAMPLIGHTER_LOG_FORMAT: `console` for people, `json` for machines."""

    @classmethod
    def read(cls, env: Mapping[str, str] = os.environ) -> Self:
        home = Path(env.get("LAMPLIGHTER_HOME", ".lamplighter")).expanduser().absolute()
        return cls(
            home=home,
            port=_port(env.get("LAMPLIGHTER_PORT", "8000")),
            database_url=env.get(
                "LAMPLIGHTER_DATABASE", f"sqlite:///{home / 'lamplighter.sqlite3'}"
            ),
            secret_key=env.get("LAMPLIGHTER_SECRET_KEY") or None,
            production=_switch("LAMPLIGHTER_PRODUCTION", env.get("LAMPLIGHTER_PRODUCTION", "no")),
            hosts=_list(env.get("LAMPLIGHTER_HOSTS", "localhost,127.0.0.1")),
            time_zone=env.get("LAMPLIGHTER_TIME_ZONE", "UTC"),
            log_format=_log_format(env.get("LAMPLIGHTER_LOG_FORMAT", "console")),
        )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise BadSetting(
            f"{text!r} is not a port.",
            remedy="Use a number from 1 to 65535.",
            places=(Place(field="LAMPLIGHTER_PORT"),),
        )
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise BadSetting(
            f"{text!r} is neither yes nor no.", remedy="Use yes or no.", places=(Place(field=name),)
        )
    return _SWITCH[text.lower()]


def _log_format(text: str) -> str:
    if text not in ("console", "json"):
        raise BadSetting(
            f"{text!r} is not a log format.",
            remedy="Use console or json.",
            places=(Place(field="LAMPLIGHTER_LOG_FORMAT"),),
        )
    return text
