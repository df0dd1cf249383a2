"""Tariffs over HTTP."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status
from pydantic import Field

from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import tell
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import After, Limit, Line, Sort, reads, refusals
from lamplighter.platform.sparse import Fields, thinned
from lamplighter.platform.uploads import FILE_BODY, uploaded
from lamplighter.platform.web import actor
from lamplighter.tariffs import actions
from lamplighter.tariffs.actions.import_tariffs import RecordResult
from lamplighter.tariffs.api.schemas import (
    TARIFFS,
    ImportedOut,
    State,
    WholeTariffOut,
    tariff_out,
)
from lamplighter.tariffs.queries.files import schedules_in
from lamplighter.tariffs.queries.tariff_lists import TariffsWanted, tariffs_page
from lamplighter.tariffs.queries.versions import gaps_of, versions_of

router = Router(tags=["tariffs"])


@router.get(
    "",
    auth=needs(Action.READ_TARIFFS),
    response=reads(TARIFFS.page),
    operation_id="list_tariffs",
)
def list_tariffs(
    request: HttpRequest,
    search: Annotated[Line, Field(description="A part of the code or the name.")] = "",
    state: Annotated[State | None, Field(description="Of one of its versions.")] = None,
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None,
    sort: Sort = None,
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Tariffs, by code, each with its versions."""
    chosen = TARIFFS.chosen(fields)
    found, following = tariffs_page(
        TariffsWanted(search=search, state=state, currency=currency),
        asked=Asked(sort=sort, after=after, limit=limit),
    )
    items = [thinned(tariff_out(code, versions), chosen) for code, versions in found]
    return tell(request, {"items": items, "next": following})


@router.post(
    "/imports",
    auth=needs(Action.DRAFT_TARIFFS),
    response={201: ImportedOut, **refusals(413, 422)},
    operation_id="import_tariffs",
    openapi_extra=FILE_BODY,
)
def import_tariffs(request: HttpRequest) -> Status[dict[str, Any]]:
    """
    Store the tariffs of a file, native or of the rate database, each as a draft.

    A record that cannot be billed is named and left out. The same file twice changes nothing, so it
    needs no idempotency key.
    """
    with uploaded(request, name="tariffs.json") as file:
        results = actions.import_tariffs(
            tariffs=schedules_in(file.path), by=actor(request), at=timezone.now()
        )
    return Status(201, {"items": list(map(result_out, results))})


@router.get(
    "/{identifier:code}",
    auth=needs(Action.READ_TARIFFS),
    response=reads(WholeTariffOut, 404),
    operation_id="read_tariff",
)
def read_tariff(request: HttpRequest, code: str) -> HttpResponse:
    """A tariff: its versions, and days between them without rates."""
    told = tariff_out(code, versions_of(code))
    gaps = [{"start": gap.start, "until": gap.until} for gap in gaps_of(code)]
    return tell(request, told | {"gaps": gaps})


def result_out(result: RecordResult) -> dict[str, Any]:
    """What became of one record."""
    return {
        "version": result.version_id,
        "code": result.code,
        "outcome": result.outcome.value,
        "problem": None if result.refusal is None else str(result.refusal),
    }
