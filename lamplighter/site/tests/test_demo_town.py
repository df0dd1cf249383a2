"""Who lives in the made-up town."""

import json
from datetime import date
from pathlib import Path

import numpy as np

from lamplighter.site.demo import stories
from lamplighter.site.demo.archetypes import BY_NAME, KINDS
from lamplighter.site.demo.homes import TARIFFS
from lamplighter.site.demo.months import FIRST_DAY
from lamplighter.site.demo.people import CULTURES, account_number, check_digit
from lamplighter.site.demo.town import GAS, customers, kinds_of
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.queries.files import schedules_in

TOWN = customers(1, 3_000)
DOCS = Path(__file__).parents[3] / "docs" / "demo.md"


def test_an_account_is_the_same_in_a_town_of_any_size() -> None:
    assert customers(2_990, 3_000) == TOWN[2_989:]
    assert customers(999_999, 1_000_000)[0].ordinal == 999_999


def test_numbers_and_references_are_told_apart() -> None:
    assert len({one.number for one in TOWN}) == len(TOWN)
    references = [s.reference for one in TOWN for s in one.supplies if not one.takes_over]
    assert len(set(references)) == len(references)


def test_numbers_end_with_the_check_digit_of_luhn() -> None:
    # 7992739871 has the check digit 3, as the description of the algorithm has it everywhere.
    assert check_digit("7992739871") == 3
    assert account_number(17) == "40000017-0"
    wrong = [check_digit("4000017" + digit) for digit in "0123456789"]
    assert len(set(wrong)) == 10


def test_kinds_come_in_their_shares() -> None:
    found = np.bincount(kinds_of(np.arange(100, 50_100)), minlength=len(KINDS)) / 50
    assert all(abs(n - kind.share) < 12 for n, kind in zip(found, KINDS, strict=True))


def test_the_first_accounts_are_those_of_the_stories() -> None:
    assert [one.kind.name for one in TOWN[:25]] == list(stories.KINDS)
    assert {n: TOWN[n - 1].language for n in stories.LANGUAGES} == stories.LANGUAGES
    assert [len(one.supplies) for one in TOWN[:25]].count(3) == 1
    assert TOWN[21].supplies[0].reference == TOWN[20].supplies[0].reference
    assert TOWN[21].address == TOWN[20].address
    assert [one.starts_on == FIRST_DAY for one in TOWN[:25]].count(False) == 1


def test_the_page_names_every_account_of_the_stories() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert all(account_number(n) in page for n in range(1, 25))


def test_bills_are_written_in_several_languages() -> None:
    assert {one.language for one in TOWN} == {"en", "es", "de", "ar", "hi"}
    assert sum(culture.share for culture in CULTURES) == 100


def test_some_come_later_and_some_pay_for_more_than_electricity() -> None:
    later = [one for one in TOWN if one.starts_on > FIRST_DAY]
    assert 30 < len(later) < 90
    assert all(date(2025, 5, 2) <= one.starts_on < date(2026, 10, 1) for one in later)
    assert all(one.opened_on <= one.starts_on for one in TOWN)
    assert any(len(one.supplies) > 1 for one in TOWN[25:])
    assert any(s.commodity == GAS for one in TOWN[25:] for s in one.supplies)


def test_every_tariff_is_somebodys_and_has_two_versions() -> None:
    used = {s.tariff for one in TOWN for s in one.supplies}
    offered = {code for kind in BY_NAME.values() for code in kind.tariffs}
    assert offered <= used
    documents = json.loads(TARIFFS.read_text())
    starts = {(one["code"], one["startsOn"]) for one in documents}
    assert starts == {(code, day) for code in used for day in ("2025-01-01", "2026-01-01")}


def test_most_homes_are_billed_in_columns() -> None:
    schedules = {one.code: one for one in schedules_in(TARIFFS) if isinstance(one, RateSchedule)}
    with_export = {code for code, one in schedules.items() if one.export.rule is not None}
    assert with_export == {"HLW-NM", "HLW-NB"}
