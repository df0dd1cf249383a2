"""The questions that can be asked, and what keeps them within bounds."""

from typing import Final

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxAliasesLimiter, MaxTokensLimiter
from strawberry.extensions import QueryDepthLimiter as DepthLimiter
from strawberry.types import ExecutionContext

from lamplighter.billing.queries.accounts import search_accounts
from lamplighter.billing.queries.bills import bills_of, check_in_sight, summary_of
from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Refusal
from lamplighter.site.graphql.families import Family
from lamplighter.site.graphql.limits import (
    ALIASES_MAX,
    DEPTH_MAX,
    FIRST,
    TOKENS_MAX,
    CostRule,
)
from lamplighter.site.graphql.types import Account, Asked, Bill, First, bounded, sight_of

log = structlog.get_logger(__name__)


@strawberry.type
class Query:
    """Reads. What is not in sight is, to who asks, not there."""

    @strawberry.field(description="An account by its number.")
    def account(self, info: Asked, number: str) -> Account:
        found = customers.account_in_sight(number, sight_of(info, Action.READ_ACCOUNTS))
        return Account.of(found, Family([found.id]))

    @strawberry.field(
        description="Accounts by a number of whatever it is, a name, or an address; by number. "
        "`after` is the number of the last one of the page before."
    )
    def accounts(
        self, info: Asked, search: str = "", first: First = FIRST, after: str = ""
    ) -> list[Account]:
        sight = sight_of(info, Action.READ_ACCOUNTS)
        found = search_accounts(search[:200], sight=sight, after=after, limit=bounded(first))
        family: Family[object] = Family([one.id for one in found])
        return [Account.of(one, family) for one in found]

    @strawberry.field(description="A bill by its number.")
    def bill(self, info: Asked, number: str) -> Bill:
        check_in_sight(number, sight_of(info, Action.READ_BILLS))
        found = summary_of(number)
        return Bill.of(found, Family([found.account_id]))

    @strawberry.field(
        description="The bills of an account, the newest first. "
        "`after` is the number of the last one of the page before."
    )
    def bills(
        self, info: Asked, account: str, first: First = FIRST, after: str | None = None
    ) -> list[Bill]:
        of = customers.account_in_sight(account, sight_of(info, Action.READ_BILLS))
        family: Family[object] = Family([of.id])
        found = bills_of(of.id, after=after, limit=bounded(first))
        return [Bill.of(one, family) for one in found]


class Schema(strawberry.Schema):
    """Strawberry's, which tells refusals by their code, and of breakdowns nothing."""

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,  # noqa: ARG002 - Strawberry's shape
    ) -> None:
        for error in errors:
            cause = error.original_error
            if isinstance(cause, Refusal):
                error.extensions = {"code": cause.code, "status": cause.status}
                error.message = cause.detail
            elif cause is not None and not isinstance(cause, GraphQLError):
                log.error("a question broke", exc_info=cause)
                error.message = "Something broke here."
                error.extensions = {"code": "InternalServerError", "status": 500}
                # What is told of a breakdown goes to the log alone.
                error.original_error = None


schema: Final = Schema(
    query=Query,
    extensions=[
        lambda: DepthLimiter(max_depth=DEPTH_MAX),
        lambda: MaxTokensLimiter(max_token_count=TOKENS_MAX),
        lambda: MaxAliasesLimiter(max_alias_count=ALIASES_MAX),
        lambda: AddValidationRules([CostRule]),
    ],
)
