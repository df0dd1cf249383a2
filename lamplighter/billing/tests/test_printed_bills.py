"""Bills as PDF documents: what they say, and the standards that they keep."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdf
import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from lamplighter.billing.domain.bills import BillContent, IssuedBill
from lamplighter.billing.domain.documents import content_of
from lamplighter.billing.domain.sheets import Sheet
from lamplighter.billing.ports.bill_printer import BillCannotBePrinted, bill_printer
from lamplighter.billing.tests.making_sheets import MORGAN, segment, sheet
from lamplighter.billing.tests.sheets import HOSTILE, SAMPLES

Print = Callable[[Sheet], bytes]
ALL = pytest.mark.parametrize("name", SAMPLES)


@pytest.fixture(scope="module")
def printed() -> Print:
    """Each sheet printed once, by the installation's own printer."""
    django_settings.LAMPLIGHTER_HOME.mkdir(parents=True, exist_ok=True)
    printer, known = bill_printer(), dict[str, bytes]()

    def print_once(one: Sheet) -> bytes:
        key = repr(one)
        if key not in known:
            known[key] = printer.print(one)
        return known[key]

    return print_once


def read(document: bytes) -> str:
    """All of its text, a space for every white space."""
    pages = (page.extract_text() for page in pypdf.PdfReader(BytesIO(document)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def opened(document: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(document))


def with_bill(one: Sheet, **changed: object) -> Sheet:
    bill: IssuedBill = replace(one.bill, **changed)  # type: ignore[arg-type]
    return replace(one, bill=bill)


@ALL
def test_a_bill_is_for_keeping_and_for_everybody(name: str, printed: Print) -> None:
    pdf = opened(printed(SAMPLES[name]()))
    with pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert metadata["pdfuaid:part"] == "1"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.StructTreeRoot.K
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"


@ALL
def test_every_picture_is_told_in_words(name: str, printed: Print) -> None:
    figures = [
        element
        for element in opened(printed(SAMPLES[name]())).objects
        if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Figure"
    ]
    assert all(str(figure.get("/Alt", "")) for figure in figures)


@ALL
def test_the_same_sheet_makes_the_same_bytes(name: str) -> None:
    one = SAMPLES[name]()
    assert bill_printer().print(one) == bill_printer().print(one)


@ALL
def test_a_bill_carries_its_charges_as_data(name: str, printed: Print) -> None:
    one = SAMPLES[name]()
    pdf = opened(printed(one))
    (attached,) = pdf.attachments.values()
    assert pdf.Root.AF[0].AFRelationship == "/Data"
    content: BillContent = content_of(json.loads(attached.get_file().read_bytes()))
    assert content.total == one.bill.content.total


@pytest.mark.parametrize(
    ("name", "width", "height"), [("flat", 595.28, 841.89), ("solar_credit", 612, 792)]
)
def test_paper_is_a4_or_letter(name: str, width: float, height: float, printed: Print) -> None:
    pdf = opened(printed(SAMPLES[name]()))
    box = pdf.pages[0].MediaBox
    assert [float(box[2]), float(box[3])] == pytest.approx([width, height], abs=0.01)


@pytest.mark.parametrize(
    ("name", "language"),
    [("flat", "en-GB"), ("time_of_use", "de-DE"), ("hindi", "hi-IN"), ("arabic", "ar-EG")],
)
def test_a_bill_says_its_language(name: str, language: str, printed: Print) -> None:
    assert str(opened(printed(SAMPLES[name]())).Root.Lang) == language


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flat", ["Electricity bill", "€122.85", "Please pay by 17 March 2026", "Page 1 of 1",
                  "Ada Morgan", "9% more a day than the bill before", "of all of the above"]),
        ("time_of_use", ["Stromrechnung", "200,66 €", "17. März 2026", "DE89 3704 0044 0532 0130",
                         "212,4 kWh · 52 %", "auf alles Vorstehende", "Seite 2 von 2"]),
        ("solar_credit", ["In your favour", "$41.66", "Nothing to pay.", "−$23.62", "fed in"]),
        ("gas", ["Gasrechnung", "Zähler G4-118 220", "8.571,88 · 159,57 m³"]),
        ("water", ["Factura de agua", "14,2 m³", "tramo 2", "17 de marzo de 2026"]),
        ("estimated", ["Estimated: as much a day as in February 2025", "Bill 2026-000097",
                       "451 kWh billed, 318 kWh used", "€2.00 is too long ago", "−31.70"]),
        ("cancellation", ["Cancellation", "Takes back bill 2026-000184 in full.", "−€122.85"]),
        ("rebill", ["Corrected bill", "Takes the place of bill 2026-000184.", "set off already"]),
        ("final", ["Final electricity bill", "€0.00", "Nothing to pay.", "19 days"]),
        ("adjustment", ["Adjusts bill 2026-000097.", "Goodwill for the outage", "−25.00"]),
        ("yen", ["14,184"]),
        ("hindi", ["₹1,26,815.98", "3,359.20"]),
        ("bare", ["There are no charges on this bill.", "Nothing to pay."]),
        ("huge", ["€7,407,402,000.00", "Component 59", "Page 3 of 3"]),
        ("plant", ["€53,534.25", "Breakwater Park, hall 6 · 2100005", "Page 3 of 3"]),
    ],
)  # fmt: skip
def test_a_bill_says_what_it_is(name: str, said: list[str], printed: Print) -> None:
    text = read(printed(SAMPLES[name]()))
    assert [each for each in said if each not in text] == []


def test_scripts_are_set_with_fonts_that_have_them(printed: Print) -> None:
    for name, letters in (("hindi", r"[\u0900-\u097f]{3}"), ("arabic", r"[\u0600-\u06ff]{3}")):
        assert re.search(letters, read(printed(SAMPLES[name]())))


def test_arabic_of_egypt_has_its_own_digits(printed: Print) -> None:
    # pypdf turns around what is written from right to left, and the number in it as well.
    text = read(printed(SAMPLES["arabic"]()))
    assert "٥٤٣٫٦٠" in text or "٥٤٣٫٦٠"[::-1] in text


def test_text_with_the_signs_of_typst_stands_as_it_is(printed: Print) -> None:
    text = re.sub(r"\s", "", read(printed(SAMPLES["hostile"]())))
    assert text.count(re.sub(r"\s", "", HOSTILE)) >= 9


def test_further_pages_name_the_bill_and_repeat_the_heads(printed: Print) -> None:
    pages = pypdf.PdfReader(BytesIO(printed(SAMPLES["huge"]()))).pages
    assert len(pages) == 3
    for page in pages[1:]:
        assert "Bill 2026-000184" in page.extract_text()
        assert "Quantity" in page.extract_text()


def test_a_bill_that_was_cancelled_says_so_and_is_not_to_be_paid(printed: Print) -> None:
    text = read(printed(with_bill(SAMPLES["flat"](), cancelled_by="2026-000201")))
    assert "taken back by 2026-000201" in text
    assert "Scan to pay" not in text


def test_the_document_is_as_old_as_the_bill() -> None:
    early = with_bill(SAMPLES["flat"](), issued_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    with opened(bill_printer().print(early)).open_metadata() as metadata:
        assert metadata["xmp:CreateDate"].startswith("2020-01-02T03:04:05")


def test_a_letter_that_no_font_has_is_refused_by_the_number_of_the_bill() -> None:
    nobody = replace(MORGAN, name="\U00012000\U00012001")
    with pytest.raises(BillCannotBePrinted, match="2026-000184") as no:
        bill_printer().print(sheet(segment(), addressee=nobody))
    assert "LAMPLIGHTER_HOME/fonts" in no.value.remedy


def test_fonts_of_the_installation_are_laid_down_once(tmp_path: Path, settings: Settings) -> None:
    settings.LAMPLIGHTER_HOME = tmp_path
    bill_printer().print(SAMPLES["bare"]())
    names = sorted(path.name for path in (tmp_path / "fonts").iterdir())
    assert names == ["FiraGO-Bold.ttf", "FiraGO-Regular.ttf"]


def test_usage_below_zero_and_no_usage_at_all_can_be_drawn(printed: Print) -> None:
    flat = SAMPLES["flat"]()
    for quantity in (Decimal(-50), Decimal(0)):
        usage = tuple(replace(period, quantity=quantity) for period in flat.usage)
        assert printed(replace(flat, usage=usage))
