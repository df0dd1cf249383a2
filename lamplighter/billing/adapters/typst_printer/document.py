"""What the template is told: every text as it is to be read, and nothing to work out."""

from typing import Any

from lamplighter.billing.adapters.typst_printer.charges import details
from lamplighter.billing.adapters.typst_printer.pictures import split_of, usage_of
from lamplighter.billing.adapters.typst_printer.square_code import square_code
from lamplighter.billing.adapters.typst_printer.writing import Writing, writing_in
from lamplighter.billing.domain.bills import BillKind, IssuedBill
from lamplighter.billing.domain.colours import ink_on, readable_on_white
from lamplighter.billing.domain.documents import document_of as content_document_of
from lamplighter.billing.domain.payment_codes import payment_address, payment_code
from lamplighter.billing.domain.sheets import Sheet, balance, time_of_use
from lamplighter.billing.domain.utilities import Utility
from lamplighter.platform.canonical_json import canonical

Told = dict[str, Any]


def document_of(sheet: Sheet) -> Told:
    """A sheet in the words, numbers and dates of its reader."""
    bill, utility, addressee = sheet.bill, sheet.utility, sheet.bill.addressee
    write = writing_in(addressee.language)
    return {
        "lang": write.locale.language,
        "region": write.locale.territory,
        "rtl": write.is_right_to_left,
        "numbering": write.numbering,
        "paper": {"a4": "a4", "letter": "us-letter"}[sheet.paper],
        "title": f"{_heading(bill, write)} {bill.number}",
        "colours": {
            "accent": utility.accent,
            "ink": ink_on(utility.accent),
            "text": readable_on_white(utility.accent),
        },
        "brand": _brand(utility, write),
        "addressee": [write.breakable(line) for line in (addressee.name, *addressee.address)],
        "heading": _heading(bill, write),
        "hero": _hero(bill, write),
        "notes": _notes(bill, write),
        "facts": _facts(bill, write),
        "usage": usage_of(sheet, write),
        "times": split_of(time_of_use(bill.content.segments), bill.content.currency, write),
        "balance": _balance(sheet, write),
        "pay": _pay(sheet, write),
        "messages": {"title": write.word("messages"), "items": list(bill.content.messages)},
        "details": details(bill, write),
        "running": _running(bill, write),
        "page": write.word("page").replace("{page}", "\0").replace("{pages}", "\0").split("\0"),
        "attached": canonical(content_document_of(bill.content)).decode(),
        "attached_as": write.word("attachment"),
    }


def _brand(utility: Utility, write: Writing) -> Told:
    tax_id = f"{write.word('tax_id')} {write.apart(utility.tax_id)}" if utility.tax_id else ""
    return {
        "name": utility.name,
        "logo": None if utility.logo is None else utility.logo.decode(),
        "logo_alt": write.word("logo", name=utility.name),
        "contact": [
            write.apart(line) for line in (utility.phone, utility.email, utility.web) if line
        ],
        "sender": [utility.name, *utility.address],
        "legal": [line for line in (utility.name, *utility.address, tax_id) if line],
    }


def _heading(bill: IssuedBill, write: Writing) -> str:
    kind, commodities = bill.content.kind, {each.commodity for each in bill.content.segments}
    otherwise = write.word(f"titles.{kind}")
    table = {BillKind.REGULAR: "bill_of", BillKind.OFF_CYCLE: "bill_of", BillKind.FINAL: "final_of"}
    if kind not in table or len(commodities) != 1:
        return otherwise
    return write.word_if_any(table[kind], commodities.pop(), otherwise)


def _hero(bill: IssuedBill, write: Writing) -> Told:
    """The one thing that everybody looks for."""
    if bill.due.minor > 0:
        note = write.word("due_by", date=write.day(bill.due_on))
        return {"label": write.word("amount_due"), "amount": write.money(bill.due), "note": note}
    if bill.due.minor == 0:
        note = write.word("settled_note")
        return {"label": write.word("nothing_due"), "amount": write.money(bill.due), "note": note}
    cancels = bill.content.kind is BillKind.CANCELLATION
    note = write.word("no_payment_credit_note" if cancels else "no_payment")
    return {"label": write.word("credit"), "amount": write.money(-bill.due), "note": note}


def _notes(bill: IssuedBill, write: Writing) -> list[str]:
    notes = []
    if bill.cancelled_by is not None:
        notes.append(write.word("cancelled", bill=write.apart(bill.cancelled_by)))
    if bill.content.refers_to is not None:
        otherwise = write.word("refers.adjustment")
        text = write.word_if_any("refers", bill.content.kind, otherwise)
        notes.append(text.format(bill=write.apart(bill.content.refers_to)))
    return notes


def _facts(bill: IssuedBill, write: Writing) -> list[list[str]]:
    content = bill.content
    return [
        [write.word("number"), write.apart(bill.number)],
        [write.word("account"), write.apart(content.account)],
        [write.word("period"), write.period(content.first_day, content.after_last)],
        [write.word("issued"), write.day(bill.issued_on)],
    ]


def _balance(sheet: Sheet, write: Writing) -> Told:
    now = balance(sheet)
    rows = []
    if now.previous is not None and now.settled is not None:
        due_with = write.word("due_with", bill=write.apart(now.previous.number))
        rows.append([due_with, write.money(now.previous.due)])
        rows.append([write.word("settled"), write.money(now.settled)])
    before = "open_before" if now.open_before.minor >= 0 else "credit_before"
    rows.append([write.word(before), write.money(now.open_before)])
    rows.append([write.word("charges"), write.money(now.charged)])
    total = "total_due" if now.due.minor >= 0 else "total_credit"
    return {
        "title": write.word("balance"),
        "rows": rows,
        "total": [write.word(total), write.money(now.due if now.due.minor >= 0 else -now.due)],
    }


def _pay(sheet: Sheet, write: Writing) -> Told | None:
    """How to pay; None if nothing is to be paid."""
    bill, utility = sheet.bill, sheet.utility
    if bill.due.minor <= 0 or bill.cancelled_by is not None:
        return None
    code = payment_code(utility, due=bill.due, reference=bill.number)
    online = payment_address(utility, reference=bill.number)
    rows = [
        ("holder", utility.name if utility.iban or utility.upi_id else ""),
        ("bank", utility.bank),
        ("IBAN", _in_fours(utility.iban)),
        ("BIC", utility.bic),
        ("upi", utility.upi_id),
        ("reference", bill.number),
        ("online", online.removeprefix("https://")),
    ]
    return {
        "title": write.word("pay"),
        "rows": [
            [name if name.isupper() else write.word(name), write.apart(write.breakable(text))]
            for name, text in rows
            if text
        ],
        "text": sheet.payment_text or utility.payment_text,
        "scan": write.word("scan"),
        "code": square_code(code) if code else None,
        "code_alt": write.word("qr"),
    }


def _in_fours(iban: str) -> str:
    """As ISO 13616 prints it."""
    letters = "".join(iban.split())
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _running(bill: IssuedBill, write: Writing) -> list[str]:
    """What stands at the head of every further page."""
    account = f"{write.word('account')} {write.apart(bill.content.account)}"
    return [f"{write.word('bill_short')} {write.apart(bill.number)}", account]
