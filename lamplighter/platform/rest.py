"""The REST API's own manner: each no is a problem, and the description of the API says so."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import web


class InvalidInput(Refusal):
    """Something in this request cannot be understood."""


class Api(NinjaAPI):
    """Ninja, with problem details (RFC 9457) for what is refused."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.add_exception_handler(Refusal, _of_refusal)
        self.add_exception_handler(ValidationError, _of_input)
        self.add_exception_handler(HttpError, _of_status)

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        """Describe the API: Ninja takes all answers for plain JSON, and problems are not."""
        schema = super().get_openapi_schema(**how)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
        return schema


def _of_refusal(request: HttpRequest, refusal: Any) -> HttpResponse:
    return web.refused(request, refusal)


def _of_input(request: HttpRequest, wrong: Any) -> HttpResponse:
    errors = wrong.errors
    places = tuple(Place(field=_field(error["loc"])) for error in errors)
    first = f"{places[0]}: {errors[0]['msg']}." if errors else ""
    return web.refused(request, InvalidInput(first, places=places))


def _field(loc: tuple[object, ...]) -> str:
    """`("body", "reading", "shown")` is `shown`: a person does not know our parameters."""
    parts = loc[2:] if loc and loc[0] == "body" and len(loc) > 2 else loc[1:]
    return ".".join(map(str, parts)) or "body"


def _of_status(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001 - Ninja's shape
    return web.of_status(HTTPStatus(error.status_code))
