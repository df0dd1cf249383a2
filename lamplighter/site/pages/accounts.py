"""Finding an account, and what hangs on it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lamplighter.billing.queries import work
from lamplighter.billing.queries.accounts import properties_of, search_accounts
from lamplighter.billing.queries.bill_lists import BillsWanted, bills_page, summary_of_row
from lamplighter.billing.queries.bills import balance_of, bills_of
from lamplighter.billing.queries.usage_history import usage_history
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs_page
from lamplighter.platform.paging import Asked
from lamplighter.site.pages.charts import usage_charts
from lamplighter.site.pages.forms import typed

PAGE: Final = 25


@needs_page(Action.READ_ACCOUNTS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The first page: a field to search by, and what waits; to customers, what is theirs."""
    sight = Sight.of(caller(request))
    text, after = typed(request, "q"), typed(request, "after")
    if not sight.everything:
        return _own(request, sight, after=after)
    found = search_accounts(text, sight=sight, after=after, limit=PAGE + 1)
    page = {
        "text": text,
        "accounts": found[:PAGE],
        "next": found[PAGE - 1].number if len(found) > PAGE else "",
        "first": not after,
        "counts": work.counts() if Action.READ_BILLING in caller(request).grants else None,
    }
    return render(request, "site/search.html", page)


def _own(request: HttpRequest, sight: Sight, *, after: str) -> HttpResponse:
    accounts = search_accounts(sight=sight, after=after, limit=PAGE + 1)
    bills = bills_page(BillsWanted(), sight=sight, asked=Asked(limit=PAGE))
    page = {
        "accounts": accounts[:PAGE],
        "next": accounts[PAGE - 1].number if len(accounts) > PAGE else "",
        "bills": [summary_of_row(row) for row in bills.rows],
    }
    return render(request, "site/home.html", page)


@needs_page(Action.READ_ACCOUNTS)
@require_safe
def account(request: HttpRequest, number: str) -> HttpResponse:
    """Whose it is, where it is served, what is owed, and its bills."""
    known = customers.account_in_sight(number, Sight.of(caller(request)))
    after = typed(request, "after") or None
    bills = bills_of(known.id, after=after, limit=PAGE + 1)
    latest = bills[0].number if bills and not after else ""
    history = usage_history(known.id, up_to=latest) if latest else ()
    page = {
        "account": known,
        "balance": balance_of(known.id),
        "properties": properties_of(known.id, at=timezone.now()),
        "bills": bills[:PAGE],
        "next": bills[PAGE - 1].number if len(bills) > PAGE else "",
        "first": not after,
        "charts": usage_charts(history),
    }
    return render(request, "site/account.html", page)
