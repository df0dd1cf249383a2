"""Everything that the surroundings decide, read from environment variables in one place."""

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from lamplighter.kernel import Place, Refusal, time_zone_named


class BadSetting(Refusal):
    """A setting in the environment cannot be used."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what it is called, means, and is if nobody sets it."""

    variable: str
    default: str
    meaning: str
    parse: Callable[[str], Any]

    def read(self, env: Mapping[str, str]) -> Any:
        """
        Take the variable's value, or the default if it is not set, or set to nothing.

        :raises BadSetting: naming the variable, if its value cannot be used
        """
        try:
            return self.parse(env.get(self.variable) or self.default)
        except BadSetting as no:
            place = Place(field=self.variable)
            raise BadSetting(no.detail, remedy=no.remedy, places=(place,)) from None


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise BadSetting(f"{text!r} is not a port.", remedy="Use a number from 1 to 65535.")
    return int(text)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        remedy = "Use an IP address, such as 127.0.0.1 or 0.0.0.0."
        raise BadSetting(f"{text!r} is not a network address.", remedy=remedy) from None


def _database_url(text: str) -> str:
    import dj_database_url

    try:
        database = dj_database_url.parse(text)
    except ValueError:
        database = {"ENGINE": "", "NAME": ""}
    engine = database["ENGINE"].rpartition(".")[2]
    if engine not in ("sqlite3", "postgresql") or database["NAME"] in ("", ":memory:"):
        # The address may hold a password, so it is not repeated.
        raise BadSetting(
            "This is not the address of a SQLite or PostgreSQL database.",
            remedy="Use sqlite:////path/to/file or postgres://user:password@host:port/name, with "
            "%40 for an @ in the password, %2F for a / and so on.",
        )
    return text


def _history_url(text: str) -> str:
    return _database_url(text) if text else ""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail is handed in."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_tls: bool
    """TLS from the first byte on."""
    starts_tls: bool
    """TLS once the server was greeted; over the loopback alone it is done without."""
    sender: str


def _mail(text: str) -> MailServer | None:
    if not text:
        return None
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host, port, url = None, None, urlsplit("")
    if url.scheme not in ("smtp", "smtps") or not host:
        # The address may hold a password, so it is not repeated.
        raise BadSetting(
            "This is not the address of a mail server.",
            remedy="Use smtps://user:password@host:465?from=lights@utility.example, or smtp:// for "
            "a server that begins in clear and changes to TLS.",
        )
    sender = parse_qs(url.query).get("from", [f"lamplighter@{host}"])[0]
    return MailServer(
        host=host,
        port=port or (465 if url.scheme == "smtps" else 587),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        is_tls=url.scheme == "smtps",
        starts_tls=url.scheme == "smtp" and host not in ("localhost", "127.0.0.1", "::1"),
        sender=sender,
    )


def _switch(text: str) -> bool:
    switch = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in switch:
        raise BadSetting(f"{text!r} is neither yes nor no.", remedy="Use yes or no.")
    return switch[text.lower()]


def _secret(text: str) -> str | None:
    return text or None


def _master_keys(text: str) -> str:
    from lamplighter.platform import master_keys

    try:
        master_keys.parse(text)
    except master_keys.MasterKeysMalformed as no:
        raise BadSetting(no.detail, remedy=no.remedy) from None
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", text):
        raise BadSetting(
            f"{text!r} is not the address of a site.",
            remedy="Use such as https://lights.example, without a slash at the end.",
        )
    return text


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) < 1:
        raise BadSetting(f"{text!r} is not a whole number.", remedy="Use one from 1 on.")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]", text):
        raise BadSetting(f"{text!r} is not a number of proxies.", remedy="Use 0 to 9.")
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    origins = _list(text)
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise BadSetting(
                f"{origin!r} is not an origin.", remedy="Use such as https://app.example."
            )
    return origins


def _time_zone(text: str) -> str:
    if time_zone_named(text) is None:
        remedy = "Use a name of the IANA time zone database, such as Europe/Berlin."
        raise BadSetting(f"{text!r} is not a time zone.", remedy=remedy)
    return text


def _log_format(text: str) -> str:
    if text not in ("console", "json"):
        raise BadSetting(f"{text!r} is not a log format.", remedy="Use console or json.")
    return text


def _from(
    variable: str, default: str, parse: Callable[[str], Any], meaning: str
) -> Mapping[str, Setting]:
    return {"setting": Setting(variable, default, meaning, parse)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one installation. Each has a default that suits a person trying it out."""

    home: Path = field(
        metadata=_from(
            "LAMPLIGHTER_HOME",
            ".lamplighter",
            _path,
            "Where an embedded installation keeps its data.",
        )
    )
    port: int = field(
        metadata=_from("LAMPLIGHTER_PORT", "8000", _port, "Where the server listens.")
    )
    bind: str = field(
        metadata=_from(
            "LAMPLIGHTER_BIND",
            "127.0.0.1",
            _address,
            "The network address the server listens on: 0.0.0.0 for all of this machine's.",
        )
    )
    database_url: str = field(
        metadata=_from(
            "LAMPLIGHTER_DATABASE",
            "sqlite:///{home}/lamplighter.sqlite3",
            _database_url,
            "`sqlite:////path` or `postgres://user:password@host:port/name`; "
            "`{home}` stands for LAMPLIGHTER_HOME.",
        )
    )
    history_url: str = field(
        metadata=_from(
            "LAMPLIGHTER_HISTORY",
            "",
            _history_url,
            "Where the history of bills is kept, in the form of LAMPLIGHTER_DATABASE. If not set: "
            "`{home}/history.sqlite3`, or, where LAMPLIGHTER_DATABASE is PostgreSQL, that one. On "
            "PostgreSQL it has the schema `history`.",
        )
    )
    secret_key: str | None = field(
        metadata=_from(
            "LAMPLIGHTER_SECRET_KEY",
            "",
            _secret,
            "Signs sessions: 50 or more random characters, the same on every server. Required in "
            "production; otherwise one is made that ends with the process.",
        )
    )
    master_keys: str = field(
        metadata=_from(
            "LAMPLIGHTER_MASTER_KEYS",
            "",
            _master_keys,
            "Seal what is known about people, and this installation's own secrets: "
            "`name:key,name:key`, the newest first, each made by `lamplighter keys new`. Required "
            "in production; otherwise one is kept in `{home}/keys/master`.",
        )
    )
    production: bool = field(
        metadata=_from(
            "LAMPLIGHTER_PRODUCTION",
            "no",
            _switch,
            "`yes` refuses to start on settings that are only fit for trying out.",
        )
    )
    hosts: tuple[str, ...] = field(
        metadata=_from(
            "LAMPLIGHTER_HOSTS",
            "localhost,127.0.0.1",
            _list,
            "Host names that requests may ask for, separated by commas.",
        )
    )
    url: str = field(
        metadata=_from(
            "LAMPLIGHTER_URL",
            "",
            _url,
            "Where the site is reached from outside, such as `https://lights.example`; tokens of "
            "OAuth name it. Needed behind a proxy that speaks TLS; if not set, as requests say.",
        )
    )
    mail: MailServer | None = field(
        metadata=_from(
            "LAMPLIGHTER_MAIL",
            "",
            _mail,
            "Who sends e-mail: `smtps://user:password@host:465?from=lights@utility.example`, or "
            "`smtp://` for a server that changes to TLS by STARTTLS. If not set, messages are laid "
            "down in `{home}/mailbox`, and reach nobody.",
        )
    )
    time_zone: str = field(
        metadata=_from("LAMPLIGHTER_TIME_ZONE", "UTC", _time_zone, "The utility's own time zone.")
    )
    log_format: str = field(
        metadata=_from(
            "LAMPLIGHTER_LOG_FORMAT",
            "console",
            _log_format,
            "`console` for people, `json` for machines.",
        )
    )
    requests_per_minute: int = field(
        metadata=_from(
            "LAMPLIGHTER_REQUESTS_PER_MINUTE",
            "600",
            _whole,
            "How many requests a minute one caller may send to the API, and one network address "
            "of which nobody has logged in.",
        )
    )
    processes: int = field(
        metadata=_from(
            "LAMPLIGHTER_PROCESSES",
            "1",
            _whole,
            "How many processes answer: each allows its share of the requests. `lamplighter serve` "
            "sets it for its own.",
        )
    )
    proxies: int = field(
        metadata=_from(
            "LAMPLIGHTER_PROXIES",
            "0",
            _count,
            "How many proxies of yours a request passes. Each adds to `X-Forwarded-For` who has "
            "asked it; that is believed of so many, and of nobody else.",
        )
    )
    request_bytes_max: int = field(
        metadata=_from(
            "LAMPLIGHTER_REQUEST_BYTES_MAX",
            "1048576",
            _whole,
            "How large a request may be.",
        )
    )
    file_bytes_max: int = field(
        metadata=_from(
            "LAMPLIGHTER_FILE_BYTES_MAX",
            "268435456",
            _whole,
            "How large a file of readings or tariffs may be that is sent to be imported.",
        )
    )
    cors_origins: tuple[str, ...] = field(
        metadata=_from(
            "LAMPLIGHTER_CORS_ORIGINS",
            "",
            _origins,
            "Other sites whose pages may use the API in a browser, by token and never by cookie: "
            "`https://app.example`, separated by commas. If not set: none.",
        )
    )

    @classmethod
    def read(cls, env: Mapping[str, str] = os.environ) -> Self:
        """:raises BadSetting: naming the variable, if its value cannot be used"""
        values = {name: setting.read(env) for name, setting in cls.settings()}
        database = values["database_url"]
        is_embedded = database.startswith("sqlite")
        values["history_url"] = values["history_url"] or (
            "sqlite:///{home}/history.sqlite3" if is_embedded else database
        )
        for name in ("database_url", "history_url"):
            values[name] = values[name].replace("{home}", str(values["home"]))
        if is_embedded and values["history_url"] == values["database_url"]:
            raise BadSetting(
                "History would be in the same file as all else.",
                remedy="Use another file.",
                places=(Place(field="LAMPLIGHTER_HISTORY"),),
            )
        return cls(**values)

    @classmethod
    def settings(cls) -> Iterator[tuple[str, Setting]]:
        """Every field with the variable it is read from."""
        for each in fields(cls):
            yield each.name, each.metadata["setting"]
