"""The printer: a sheet becomes JSON, and Typst sets it by the template beside this file."""

from datetime import UTC
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import orjson
import typst
from django.conf import settings

from lamplighter.billing.adapters.typst_printer.document import document_of
from lamplighter.billing.adapters.typst_printer.fonts import fonts_in
from lamplighter.billing.domain.sheets import Sheet
from lamplighter.billing.ports.bill_printer import BillCannotBePrinted

_TEMPLATE: Final = Path(__file__).parent / "template" / "bill.typ"


class TypstPrinter:
    """Implements `ports.bill_printer.BillPrinter`."""

    def print(self, sheet: Sheet) -> bytes:
        told = orjson.dumps(document_of(sheet)).decode()
        compiler, lock = _compiler(settings.LAMPLIGHTER_HOME / "fonts")
        try:
            with lock:
                printed = compiler.compile(
                    format="pdf",
                    sys_inputs={"bill": told},
                    pdf_standards=["a-3a", "ua-1"],
                    timestamp=sheet.bill.issued_at.astimezone(UTC).replace(microsecond=0),
                )
        except typst.TypstError as no:
            raise BillCannotBePrinted(
                f"Bill {sheet.bill.number}: {no.message}.",
                remedy="If a letter is missing, put a font that has it in LAMPLIGHTER_HOME/fonts.",
            ) from no
        if not isinstance(printed, bytes):
            msg = "Typst gives a PDF as bytes"
            raise TypeError(msg)
        return printed


@lru_cache(maxsize=4)
def _compiler(fonts: Path) -> tuple[typst.Compiler, Lock]:
    """Kept, as it remembers what bills have in common. It does one bill at a time."""
    return typst.Compiler(str(_TEMPLATE), font_paths=fonts_in(fonts)), Lock()
