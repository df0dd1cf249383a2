"""
Logs in, lists an account's bills page by page, reads the newest one, and saves it as PDF.

    LAMPLIGHTER_EMAIL=… LAMPLIGHTER_PASSWORD=… python example.py http://127.0.0.1:8000 ACCOUNT
"""

import os
import sys
from pathlib import Path

from lamplighter_client import AuthenticatedClient, Client
from lamplighter_client.api.bills import list_bills, print_bill, read_bill
from lamplighter_client.api.log_in import log_in
from lamplighter_client.models import Bill, BillSummaryPage, LogInIn, Problem, Tokens
from lamplighter_client.types import File


def main(address: str, account: str) -> None:
    api = logged_in(address, os.environ["LAMPLIGHTER_EMAIL"], os.environ["LAMPLIGHTER_PASSWORD"])
    numbers = list_all(api, account)
    if numbers:
        read(api, numbers[0])
        save(api, numbers[0], Path("bill.pdf"))
    # A no is a Problem: it has a stable code to go by, and says in words what is wrong.
    no = read_bill.sync("NOT-A-BILL", client=api)
    assert isinstance(no, Problem)
    print(no.status, no.code)


def logged_in(address: str, email: str, password: str) -> AuthenticatedClient:
    """The token is good for minutes; `refresh_token.sync` gets the next one."""
    who = LogInIn(email=email, password=password)
    tokens = log_in.sync(client=Client(base_url=address), body=who)
    if not isinstance(tokens, Tokens):  # a Problem, or a second factor is asked for
        sys.exit(f"You cannot log in: {tokens}")
    return AuthenticatedClient(base_url=address, token=tokens.access_token)


def list_all(api: AuthenticatedClient, account: str) -> list[str]:
    """A page at a time: `next` of one page is `after` of the following one."""
    numbers: list[str] = []
    after: str | None = None
    while True:
        page = list_bills.sync(client=api, account=account, limit=4, after=after)
        if not isinstance(page, BillSummaryPage):
            sys.exit(f"The bills cannot be listed: {page}")
        for bill in page.items:
            if total := bill.total:  # a list can be asked for some fields only
                print(f"{bill.number}  from {bill.first_day}  {total.amount} {total.currency}")
            numbers.append(bill.number)
        if not page.next_:
            return numbers
        after = page.next_


def read(api: AuthenticatedClient, number: str) -> None:
    bill = read_bill.sync(number, client=api)
    if not isinstance(bill, Bill):
        sys.exit(f"The bill cannot be read: {bill}")
    print(f"{bill.number} is due on {bill.due_on}:")
    for segment in bill.segments:
        for line in segment.lines:
            print(f"  {line.component}: {line.quantity} {line.unit} at {line.rate}")


def save(api: AuthenticatedClient, number: str, path: Path) -> None:
    pdf = print_bill.sync(number, client=api)
    if not isinstance(pdf, File):
        sys.exit(f"The bill cannot be printed: {pdf}")
    path.write_bytes(pdf.payload.read())
    print(f"It is saved as {path}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
