"""The settings: each one by itself, then what production asks for."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from lamplighter.site.doctor.finding import Finding, Level, ok, problem, warning
from lamplighter.site.environment import BadSetting, Environment, MailServer

SECRET_LENGTH_MIN: Final = 50
SECRET_CHARACTERS_MIN: Final = 10
ADMIN_PASSWORD: Final = "LAMPLIGHTER_ADMIN_PASSWORD"  # noqa: S105 - its name
_NEW_KEY: Final = (
    "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))', "
    "and set LAMPLIGHTER_SECRET_KEY to it on every server."
)


def check(env: Mapping[str, str]) -> Iterator[Finding]:
    broken = False
    for name, setting in Environment.settings():
        try:
            value = setting.read(env)
        except BadSetting as no:
            broken = True
            yield problem(setting.variable, no.detail, no.remedy)
        else:
            origin = "" if env.get(setting.variable) else " (default)"
            yield ok(setting.variable, _shown(name, value) + origin)
    yield from _misspelt(env)
    if not broken:
        yield from _fit_for_production(Environment.read(env))


def _shown(name: str, value: object) -> str:
    if name == "secret_key":
        return "not set" if value is None else f"set, {len(str(value))} characters"
    if name == "master_keys":
        return "set" if value else "in a file"
    if name == "mail":
        return f"{value.host}:{value.port}" if isinstance(value, MailServer) else "in the mailbox"
    if name == "history_url" and not value:
        return "beside the database"
    if name in ("database_url", "history_url"):
        return _without_password(str(value))
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    user, at, place = rest.partition("?")[0].rpartition("@")
    return f"{scheme}://{'***' if user else ''}{at}{place}"


def _misspelt(env: Mapping[str, str]) -> Iterator[Finding]:
    known = [setting.variable for _, setting in Environment.settings()]
    if ADMIN_PASSWORD in env:
        says = "is read by `lamplighter createadmin` only, and a password better not lies about"
        yield warning(ADMIN_PASSWORD, says, "Take it away once the user is there.")
    for variable in sorted(env.keys() - {ADMIN_PASSWORD}):
        if variable.startswith("LAMPLIGHTER_") and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Take it away."
            yield warning(variable, "is no setting and does nothing", remedy)


def _fit_for_production(environment: Environment) -> Iterator[Finding]:
    key = environment.secret_key
    weak = Level.PROBLEM if environment.production else Level.WARNING
    if key is not None and (len(key) < SECRET_LENGTH_MIN or len(set(key)) < SECRET_CHARACTERS_MIN):
        says = f"is easy to guess: under {SECRET_LENGTH_MIN} characters, or few different ones"
        yield Finding("secret key", weak, says, _NEW_KEY)
    if not environment.production:
        yield ok("production", "no: settings for trying out are accepted")
        return
    if key is None:
        yield problem("secret key", "is not set", _NEW_KEY)
    if "*" in environment.hosts:
        remedy = "List the names that people use, in LAMPLIGHTER_HOSTS."
        yield problem("hosts", "any host name is accepted", remedy)
    elif set(environment.hosts) <= {"localhost", "127.0.0.1"}:
        remedy = "Set LAMPLIGHTER_HOSTS to the names that people use."
        yield warning("hosts", "only this machine can ask", remedy)
    if environment.mail is None:
        remedy = "Set LAMPLIGHTER_MAIL: nobody can register, or get a new password, without e-mail."
        yield warning("mail", "no e-mail is sent", remedy)
    if environment.database_url.startswith("sqlite"):
        remedy = "For more than one server, or a standby, set LAMPLIGHTER_DATABASE to PostgreSQL."
        yield warning("database", "SQLite serves one machine only", remedy)
