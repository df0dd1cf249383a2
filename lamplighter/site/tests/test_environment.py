from pathlib import Path

import pytest

from lamplighter.site.databases import databases
from lamplighter.site.environment import BadSetting, Environment

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_a_person_trying_it_out_sets_nothing() -> None:
    environment = Environment.read({})
    assert environment.home == Path.cwd() / ".lamplighter"
    assert environment.database_url == f"sqlite:///{environment.home}/lamplighter.sqlite3"
    assert (environment.port, environment.production) == (8000, False)


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "sqlite:////data/history.sqlite3"),
        ({"LAMPLIGHTER_DATABASE": "postgres://a:b@c/d"}, "postgres://a:b@c/d"),
        ({"LAMPLIGHTER_HISTORY": "sqlite:///{home}/past"}, "sqlite:////data/past"),
        (
            {
                "LAMPLIGHTER_DATABASE": "postgres://a:b@c/d",
                "LAMPLIGHTER_HISTORY": "postgres://a:b@reports/d",
            },
            "postgres://a:b@reports/d",
        ),
    ],
)
def test_history_lies_beside_the_database_or_where_it_is_wanted(
    env: dict[str, str], url: str
) -> None:
    assert Environment.read({"LAMPLIGHTER_HOME": "/data", **env}).history_url == url


def test_history_and_all_else_do_not_share_a_file() -> None:
    with pytest.raises(BadSetting, match="same file"):
        Environment.read({"LAMPLIGHTER_HISTORY": "sqlite:///{home}/lamplighter.sqlite3"})


@pytest.mark.parametrize("query", ["", "?options=-c%20work_mem%3D64MB&sslmode=require"])
def test_on_postgresql_history_has_a_schema_of_its_own(query: str) -> None:
    env = {"LAMPLIGHTER_DATABASE": f"postgres://a:b@c/d{query}"}
    found = databases(Environment.read(env))
    assert "search_path" not in str(found["default"])
    options = found["history"]["OPTIONS"]
    assert options["options"].endswith("-c search_path=history")
    assert ("work_mem" in options["options"]) == bool(query)
    assert found["history"]["TEST"]["NAME"] != f"test_{found['default']['NAME']}"


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    nothing = {setting.variable: "" for _, setting in Environment.settings()}
    assert Environment.read(nothing) == Environment.read({})


def test_settings_are_read_from_their_variables() -> None:
    environment = Environment.read(
        {
            "LAMPLIGHTER_HOME": "/data",
            "LAMPLIGHTER_PORT": "80",
            "LAMPLIGHTER_DATABASE": "postgres://a:b@c/d",
            "LAMPLIGHTER_PRODUCTION": "YES",
            "LAMPLIGHTER_HOSTS": " a.example , b.example,",
            "LAMPLIGHTER_TIME_ZONE": "Asia/Kolkata",
            "LAMPLIGHTER_LOG_FORMAT": "json",
        }
    )
    assert environment.home == Path("/data")
    assert environment.database_url == "postgres://a:b@c/d"
    assert environment.hosts == ("a.example", "b.example")
    assert environment.production


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LAMPLIGHTER_PORT", "0"),
        ("LAMPLIGHTER_PORT", "65536"),
        ("LAMPLIGHTER_PORT", "8٠00"),
        ("LAMPLIGHTER_PRODUCTION", "maybe"),
        ("LAMPLIGHTER_PROXIES", "-1"),
        ("LAMPLIGHTER_PROXIES", "10"),
        ("LAMPLIGHTER_TIME_ZONE", "Mars/Olympus"),
        ("LAMPLIGHTER_TIME_ZONE", "../../etc/passwd"),
        ("LAMPLIGHTER_LOG_FORMAT", "xml"),
        ("LAMPLIGHTER_HISTORY", "mysql://a/b"),
        ("LAMPLIGHTER_DATABASE", "mysql://a/b"),
        ("LAMPLIGHTER_DATABASE", "sqlite://"),
        ("LAMPLIGHTER_DATABASE", "postgres://host"),
        ("LAMPLIGHTER_DATABASE", "nonsense"),
        ("LAMPLIGHTER_MAIL", "nonsense"),
        ("LAMPLIGHTER_MAIL", "http://u:tell@host"),
        ("LAMPLIGHTER_MAIL", "smtp://u:tell@"),
        ("LAMPLIGHTER_MAIL", "smtp://u:tell@host:99999"),
        ("LAMPLIGHTER_DATABASE", "postgres://u:tell/me@[h/d"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(
    variable: str, value: str
) -> None:
    with pytest.raises(BadSetting) as no:
        Environment.read({variable: value})
    assert no.value.places[0].field == variable
    assert no.value.remedy
    assert "tell" not in str(no.value)


def test_the_manual_lists_every_setting_as_it_is() -> None:
    manual = OPERATIONS.read_text()
    for _, setting in Environment.settings():
        default = f"`{setting.default}`" if setting.default else ""
        assert f"| `{setting.variable}` | {default} | {setting.meaning} |" in manual


@pytest.mark.parametrize(
    ("text", "port", "is_tls", "starts_tls", "sender"),
    [
        ("smtps://m%40x:p%2Fw@mail.example?from=a@x.example", 465, True, False, "a@x.example"),
        ("smtp://m%40x:p%2Fw@mail.example", 587, False, True, "lamplighter@mail.example"),
        ("smtp://m%40x:p%2Fw@127.0.0.1:2525", 2525, False, False, "lamplighter@127.0.0.1"),
    ],
)
def test_a_mail_server_is_named_by_one_address(
    text: str, port: int, is_tls: bool, starts_tls: bool, sender: str
) -> None:
    mail = Environment.read({"LAMPLIGHTER_MAIL": text}).mail
    assert mail is not None
    assert (mail.user, mail.password, mail.port) == ("m@x", "p/w", port)
    assert (mail.is_tls, mail.starts_tls, mail.sender) == (is_tls, starts_tls, sender)
    assert "p/w" not in repr(mail)
