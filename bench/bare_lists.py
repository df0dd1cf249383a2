"""
The peers of the list of bills: the same query behind a bare Django Ninja view, and behind Django
REST framework, without log-in, permissions, limits or middleware. A URLconf of its own.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from lamplighter.billing.api.schemas import BillSummaryOut, summary_of
from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bill_lists import COLUMNS
from lamplighter.platform.schemas import PageOut

api = NinjaAPI(docs_url=None, openapi_url=None)
PAGE = 50


def latest() -> list[dict[str, Any]]:
    """One page, and whether there is another one."""
    rows = Bill.objects.order_by("-issued_on", "-number").values_list(*COLUMNS)
    return [summary_of(row) for row in rows[: PAGE + 1]]


@api.get("/bills", response=PageOut[BillSummaryOut])
def list_bills(request: HttpRequest) -> Any:  # noqa: ARG001 - Ninja's shape
    found = latest()
    return {"items": found[:PAGE], "next": found[PAGE - 1]["number"]}


class MoneyField(serializers.Serializer[Any]):
    amount = serializers.CharField()
    currency = serializers.CharField()


class BillField(serializers.Serializer[Any]):
    number = serializers.CharField()
    account = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    first_day = serializers.DateField()
    after_last = serializers.DateField()
    total = MoneyField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    estimated = serializers.BooleanField()


class BillList(APIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get(self, request: Any) -> Response:  # noqa: ARG002 - its shape
        found = latest()
        return Response(
            {"items": BillField(found[:PAGE], many=True).data, "next": found[PAGE - 1]["number"]}
        )


urlpatterns = [path("ninja/", api.urls), path("drf/bills", BillList.as_view())]
