"""
Issued bills to PDF documents: a thousand different ones, of homes of many kinds, in five languages.

The peer sets the same texts, tables, bars and code of a hundred of them from HTML, as PDF/A-3u.
"""

import importlib
import logging
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from bench.figure import Figure, Timed, in_turn, measured

BILLS, PEER_BILLS = 1000, 100
ROUNDS = 3
LANGUAGES = ("en-GB", "en-US", "de-DE", "es-ES", "hi-IN", "ar-EG")
OFTEN = (50, 20, 14, 6, 5, 5)


def _settled(folder: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lamplighter.site.settings")
    os.environ["LAMPLIGHTER_HOME"] = folder
    import django

    django.setup()


def sheets(count: int) -> Iterator[Any]:
    """Flat, tiered, by time of use, with export: no two names, usages or amounts alike."""
    from lamplighter.billing.tests.making_sheets import HARBOUR, MORGAN, before, months, sheet

    chance = random.Random(7)
    for number in range(count):
        language = chance.choices(LANGUAGES, OFTEN)[0]
        addressee = replace(
            MORGAN,
            name=f"{chance.choice(('Ada', 'Ines', 'Omar', 'Lena'))} {chance.randrange(10**6):06}",
            address=(f"{chance.randrange(1, 999)} Lantern Row", f"PE{chance.randrange(10**5):05}"),
            language=language,
        )
        usage = [chance.randrange(90, 900) for _ in range(13)]
        yield sheet(
            _segment(chance, usage[-1]),
            number=f"2026-{number:06}",
            account=f"{chance.randrange(10**7):07}",
            addressee=addressee,
            utility=HARBOUR,
            usage=months(usage, estimated=(chance.randrange(40),)),
            open_before=chance.choice((0, 0, 0, chance.randrange(1, 20_000))),
            previous=before(chance.randrange(1000, 30_000)),
        )


def _segment(chance: random.Random, kwh: int) -> Any:
    from lamplighter.billing.tests.making_sheets import line, segment

    def part(name: str, kind: str, share: float, cents: float, reason: str) -> Any:
        used = Decimal(round(kwh * share * 1000)) / 1000
        rate = Decimal(round(cents * 100)) / 10_000
        return line(name, kind, str(used), "kWh", str(rate), round(used * rate * 100), reason)

    price = chance.uniform(18, 34)
    lines = {
        "flat": [part("Energy", "energy", 1, price, "all hours")],
        "tiers": [
            part("Energy", "energy", 0.6, price, "all hours, tier 1"),
            part("Energy", "energy", 0.4, price * 1.3, "all hours, tier 2"),
        ],
        "times": [
            part("Energy", "energy", 0.5, price * 0.7, "night"),
            part("Energy", "energy", 0.3, price, "day"),
            part("Energy", "energy", 0.2, price * 1.6, "peak"),
        ],
        "solar": [
            part("Energy", "energy", 1, price, "all hours"),
            part("Solar credit", "export", 1.4, -8, "fed in, all hours"),
        ],
    }[chance.choices(("flat", "tiers", "times", "solar"), (45, 20, 25, 10))[0]]
    standing = line("Standing charge", "fixed", "28", "day", "0.45", 1260)
    before_tax = sum(one.amount_minor for one in lines) + 1260
    tax = line("Value added tax", "tax", f"{before_tax / 100:.2f}", "EUR", "0.05", before_tax // 20)
    return segment(*lines, standing, tax, used=str(kwh))


def lamplighter(folder: str) -> Timed:
    _settled(folder)
    from lamplighter.billing.ports.bill_printer import bill_printer

    printer, (first, *others) = bill_printer(), list(sheets(BILLS + 1))
    printer.print(first)
    begun = time.process_time()
    size = sum(len(printer.print(one)) for one in others)
    return Timed(time.process_time() - begun, size // BILLS)


def weasyprint(folder: str) -> Timed:
    """The same, set by WeasyPrint."""
    _settled(folder)
    logging.disable(logging.WARNING)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from lamplighter.billing.adapters.typst_printer.document import document_of

    fonts = FontConfiguration()
    style = CSS(string=_style(Path(folder) / "fonts"), font_config=fonts)

    def document(one: Any) -> bytes:
        page = HTML(string=_page(document_of(one)))
        return page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3u")

    first, *others = sheets(PEER_BILLS + 1)
    document(first)
    begun = time.process_time()
    size = sum(len(document(one)) for one in others)
    return Timed(time.process_time() - begun, size // PEER_BILLS)


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        works = [partial(measured, lamplighter, folder)]
        if _has_weasyprint():
            works.append(partial(measured, weasyprint, folder))
        ours, *peer = in_turn(ROUNDS, *works)
    return [
        Figure(
            what="bill to PDF/A-3a + UA-1, mean of 1,000 different (80 wanted)",
            ours=BILLS / ours.cpu_s,
            unit="bills/s",
            peer="WeasyPrint, PDF/A-3u",
            theirs=PEER_BILLS / peer[0].cpu_s if peer else None,
            peak_mb=ours.peak_mb,
        )
    ]


def _has_weasyprint() -> bool:
    """It needs Pango, which is not on every machine."""
    try:
        importlib.import_module("weasyprint")
    except OSError:
        return False
    return True


def _style(fonts: Path) -> str:
    faces = "".join(
        f"@font-face {{ font-family: FiraGO; font-weight: {weight};"
        f" src: url(file://{fonts}/FiraGO-{name}.ttf) }}"
        for weight, name in ((400, "Regular"), (700, "Bold"))
    )
    return (
        faces
        + """
        @page { size: A4; margin: 27mm 20mm 22mm;
                @bottom-right { content: counter(page) " / " counter(pages); font: 7pt FiraGO } }
        body { font: 8.8pt FiraGO; color: #19212b } h1, h2, h3, p { margin: 2mm 0 }
        h1 { font-size: 21pt } h2 { font-size: 11.5pt }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
        td, th { text-align: right; padding: .7mm 0; border-bottom: .3pt solid #d5dae1 }
        td:first-child, th:first-child { text-align: left }
        .hero { float: right; width: 68mm; padding: 6mm; color: #fff; background: #0b5c6b }
        .hero b { display: block; font-size: 28pt } .code { float: right; width: 25mm }
        .bars { display: flex; height: 40mm; align-items: flex-end }
        .bars div { flex: 1; margin-right: 1.6mm; text-align: center; font-size: 6.6pt }
        .bars i { display: block; background: #a2c0c6 }"""
    )


def _page(told: dict[str, Any]) -> str:
    texts = _escaped(told)
    bars = "".join(
        f"<div>{bar['value']}<i style='height:{bar['height'] * 27:.1f}mm'></i>{bar['label']}"
        f"<br>{bar['year']}</div>"
        for bar in texts["usage"]["chart"]["bars"]
    )
    split = texts["times"]["parts"] if told["times"] else []
    table = texts["details"]["tables"][0]
    pay = told["pay"] or {"code": "", "rows": [], "title": ""}
    code = (pay["code"] or "").replace("<svg ", "<svg class='code' ", 1)
    return f"""<html lang="{told["lang"]}" dir="{"rtl" if told["rtl"] else "ltr"}">
        <title>{texts["title"]}</title><header>{
        told["brand"]["logo"].replace("<svg ", "<svg style='height:11mm' ", 1)
    }</header>
        <section class="hero">{texts["hero"]["label"]}<b>{texts["hero"]["amount"]}</b>
        {texts["hero"]["note"]}</section><p>{"<br>".join(texts["addressee"])}</p>
        <h1>{texts["heading"]}</h1><table><tr>{_cells(dict(texts["facts"]))}</table>
        <h2>{texts["usage"]["title"]}</h2><p><b>{texts["usage"]["quantity"]}</b>
        {texts["usage"]["daily"]} {"<br>".join(texts["usage"]["changes"])}</p>
        <div class="bars">{bars}</div><table>{_rows([[*one.values()][:4] for one in split])}</table>
        <h2>{texts["balance"]["title"]}</h2><table>{_rows(texts["balance"]["rows"])}
        {_rows([texts["balance"]["total"]])}</table><h2>{pay["title"]}</h2>{code}
        <table>{_rows(_escaped(pay["rows"]))}</table><h2>{texts["details"]["title"]}</h2>
        <h3>{table["name"]}</h3><table>{_rows(table["rows"])}</table>
        <h2>{" ".join(texts["details"]["total"])}</h2></html>"""


def _escaped(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _escaped(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_escaped(value) for value in told]
    return escape(told) if isinstance(told, str) else told


def _cells(texts: Any) -> str:
    return "".join(f"<td>{key}<br><b>{value}</b>" for key, value in texts.items())


def _rows(rows: Any) -> str:
    return "".join("<tr>" + "".join(f"<td>{text}" for text in row) for row in rows)
