"""The REST API's own manner: each no is a problem, and the description of the API says so."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import web
from lamplighter.platform.access import Needs, Open, is_declared

SCHEMES: Final[dict[str, dict[str, str]]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {"type": "apiKey", "in": "cookie", "name": "lamplighter_session"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
"""How somebody says who they are, in the words of OpenAPI."""


class InvalidInput(Refusal):
    """Something in this request cannot be understood."""


class NeedsNothingError(Exception):
    """An operation does not say which action it needs: nobody could say who may call it."""


class Api(NinjaAPI):
    """Ninja, with problem details (RFC 9457) for what is refused."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.add_exception_handler(Refusal, _of_refusal)
        self.add_exception_handler(ValidationError, _of_input)
        self.add_exception_handler(HttpError, _of_status)

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Each operation with the path that it has under the API's own."""
        # Ninja copies operations when it binds routers to addresses: these are those that answer.
        for router in self._get_bound_routers():
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    yield f"{router.prefix}{path}", operation

    def check_declared(self) -> None:
        """:raises NeedsNothingError: if an operation does not say which action it needs"""
        for path, operation in self.operations():
            if not any(map(is_declared, operation.auth_callbacks)):
                raise NeedsNothingError(f"{'/'.join(operation.methods)} {path}")

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        """
        Describe the API: Ninja takes all answers for plain JSON, and problems are not; and it knows
        nothing of the actions that operations need.
        """
        schema = super().get_openapi_schema(**how)
        needed = {operation.operation_id: operation for _, operation in self.operations()}
        for operations in schema["paths"].values():
            for told in operations.values():
                for status, response in told["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
                _tell_needs(told, needed.get(told.get("operationId")))
        return schema


def _tell_needs(told: dict[str, Any], operation: Operation | None) -> None:
    """Say in an operation's description how to prove who one is, and which action it needs."""
    callbacks = operation.auth_callbacks if operation else []
    for auth in callbacks:
        if isinstance(auth, Needs):
            told["security"] = [{name: []} for name in SCHEMES]
            told["x-action"] = str(auth.action)
        elif isinstance(auth, Open):
            told["security"] = []


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
