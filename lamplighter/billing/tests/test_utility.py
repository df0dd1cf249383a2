"""What a utility says about itself in utility.json."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from lamplighter.billing.domain.utilities import Utility
from lamplighter.billing.queries.utility import UNNAMED, UtilityMalformed, read_utility, utility
from lamplighter.billing.tests.making_sheets import LOGO


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.LAMPLIGHTER_HOME = tmp_path
    return tmp_path


def say(home: Path, **said: Any) -> Path:
    path = home / "utility.json"
    path.write_text(json.dumps(said))
    return path


def refusal(path: Path) -> UtilityMalformed:
    with pytest.raises(UtilityMalformed) as no:
        read_utility(path)
    return no.value


def test_a_utility_that_says_nothing_is_called_so(home: Path) -> None:
    assert utility() == UNNAMED


def test_everything_that_is_said_is_taken(home: Path) -> None:
    (home / "logo.svg").write_bytes(LOGO)
    say(home, name=" Harbour ", address=["1 Quay"], accent="#0B5C6B", logo="logo.svg", iban="DE1")
    assert utility() == Utility(
        name="Harbour", address=("1 Quay",), accent="#0b5c6b", logo=LOGO, iban="DE1"
    )


def test_every_wrong_field_is_named_at_once(home: Path) -> None:
    no = refusal(say(home, accent="teal", paper="a5", address="1 Quay", colour="#000000"))
    assert [place.field for place in no.places] == ["name", "accent", "paper", "address", "colour"]
    assert all(place.source == "utility.json" for place in no.places)


def test_a_file_that_is_not_json_is_refused(home: Path) -> None:
    (home / "utility.json").write_text("name: Harbour")
    assert "not JSON" in refusal(home / "utility.json").detail


@pytest.mark.parametrize("logo", ["../secret.svg", "/etc/hostname", "missing.svg", ""])
def test_a_logo_lies_beside_the_file(home: Path, logo: str) -> None:
    (home.parent / "secret.svg").write_bytes(LOGO)
    assert refusal(say(home, name="Harbour", logo=logo)).places[0].field == "logo"


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"<html/>",
        b'<!DOCTYPE svg [<!ENTITY a "aa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    ],
)
def test_a_logo_is_an_svg_picture(home: Path, content: bytes) -> None:
    (home / "logo.svg").write_bytes(content)
    assert "not an SVG picture" in refusal(say(home, name="Harbour", logo="logo.svg")).detail
