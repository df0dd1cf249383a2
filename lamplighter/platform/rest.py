"""The REST API's own manner: each no is a problem, and the description of the API says so."""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import web
from lamplighter.platform.access import Needs, Open, is_declared
from lamplighter.platform.answers import Renderer
from lamplighter.platform.four_eyes import check_waits

SCHEMES: Final[dict[str, dict[str, str]]] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {"type": "apiKey", "in": "cookie", "name": "lamplighter_session"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
"""How somebody says who they are, in the words of OpenAPI."""
CONDITIONS: Final = (
    (304, "If-None-Match", "The `ETag` that you have: 304 if it is still the newest."),
    (428, "If-Match", "Required. The `ETag` of what you have read."),
)
"""By which answer an operation is known to look at a header, and what it is for."""
_IDENTIFIER: Final = re.compile(r"{identifier:(\w+)}")
_REFERENCE: Final = "#/components/schemas/"
_OUT: Final = re.compile(r"Out(?![a-z])")
_PAGE: Final = re.compile(r"PageOut_(\w+)_")
_UNTOLD: Final = re.compile("[\0\ud800-\udfff]")
"""What no text has that is stored and shown: NUL, and halves of characters."""


class InvalidInput(Refusal):
    """Something in this request cannot be understood."""


class MediaTypeUnknown(Refusal):
    """What was sent is of a kind that is not read here."""

    status = 415


class NeedsNothingError(Exception):
    """An operation does not say which action it needs: nobody could say who may call it."""


class StrictJson(Parser):
    """
    JSON of which every reader understands the same (RFC 8259, I-JSON): a name twice, NaN, numbers
    beyond all numbers, half a character and NUL are refused.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        """
        :raises MediaTypeUnknown: if it says that it is something else
        :raises InvalidInput: saying what is wrong
        """
        check_is_json(request)
        try:
            text = request.body.decode("utf-8")
            value = json.loads(
                text,
                object_pairs_hook=_each_name_once,
                parse_constant=_no_number,
                parse_float=_finite,
            )
        except (ValueError, RecursionError):
            raise _unreadable("The body is not JSON, or not of this kind.") from None
        if "\\u" in text:
            _check_texts(value)
        return value


class Api(NinjaAPI):
    """Ninja, with problem details (RFC 9457) for what is refused."""

    def __init__(self, **how: Any) -> None:
        super().__init__(parser=StrictJson(), renderer=Renderer(), **how)
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

    def check_declared(self, *, four_eyes: Collection[str] = ()) -> None:
        """
        :param four_eyes: the actions that take two people
        :raises NeedsNothingError: if an operation does not say which action it needs
        :raises CarriedOutByOneError: if one that takes two people does not wait for the second
        """
        for path, operation in self.operations():
            name = f"{'/'.join(operation.methods)} {path}"
            if not any(map(is_declared, operation.auth_callbacks)):
                raise NeedsNothingError(name)
            needed = {
                str(auth.action) for auth in operation.auth_callbacks if isinstance(auth, Needs)
            }
            changes = not {"GET", "HEAD"}.issuperset(operation.methods)
            if changes and needed & set(four_eyes):
                check_waits(operation.view_func, needed, name=name)

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        """
        Describe the API: Ninja takes all answers for plain JSON, and problems are not; it knows
        nothing of the actions that operations need; and programs are written against its names.
        """
        schema = super().get_openapi_schema(**how)
        needed = {operation.operation_id: operation for _, operation in self.operations()}
        for operations in schema["paths"].values():
            for told in operations.values():
                for status, response in told["responses"].items():
                    response["description"] = HTTPStatus(int(status)).phrase
                    content = response.get("content", {})
                    if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
                operation = needed.get(told.get("operationId"))
                _tell_needs(told, operation)
                _move_examples(told)
                _tell_conditions(told)
                _tell_body(told)
                _tell_identifiers(told, operation.path if operation else "")
        _name_plainly(schema)
        return schema

    @cached_property
    def description_of_all(self) -> OpenAPISchema:
        """The OpenAPI document, made once."""
        return self.get_openapi_schema()


def check_is_json(request: HttpRequest) -> None:
    """:raises MediaTypeUnknown: if a request says that its body is something else"""
    if request.content_type not in ("application/json", ""):
        raise MediaTypeUnknown(remedy="Send JSON, as Content-Type: application/json.")


def _tell_needs(told: dict[str, Any], operation: Operation | None) -> None:
    """Say in an operation's description how to prove who one is, and which action it needs."""
    callbacks = operation.auth_callbacks if operation else []
    for auth in callbacks:
        if isinstance(auth, Needs):
            told["security"] = [{name: []} for name in SCHEMES]
            told["x-action"] = str(auth.action)
        elif isinstance(auth, Open):
            told["security"] = []


def _move_examples(told: dict[str, Any]) -> None:
    """A list of examples is a schema's; a parameter's own are named, and Ninja mixes them up."""
    for parameter in told.get("parameters", ()):
        if isinstance(parameter.get("examples"), list):
            parameter["schema"]["examples"] = parameter.pop("examples")


def _tell_conditions(told: dict[str, Any]) -> None:
    """Say which header tells the version that a caller has seen, or has."""
    for status, name, why in CONDITIONS:
        if status in told["responses"]:
            schema = {"type": "string", "examples": ['"3f2a"']}
            told.setdefault("parameters", []).append(
                {"in": "header", "name": name, "schema": schema, "description": why}
            )


def _tell_body(told: dict[str, Any]) -> None:
    """Whatever takes a body says no to one that is too large, or of another kind."""
    for status in (413, 415) if "requestBody" in told else ():
        no = told["responses"][400] | {"description": HTTPStatus(status).phrase}
        told["responses"].setdefault(status, no)


def _tell_identifiers(told: dict[str, Any], path: str) -> None:
    """Say what the number of a bill looks like: its address takes nothing else."""
    names = _IDENTIFIER.findall(path)
    for parameter in told.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in names:
            parameter["schema"]["pattern"] = f"^{web.IdentifierConverter.regex}$"


def plain_name(name: str) -> str:
    """What programs call a schema of ours: a page of `BillOut` is a `BillPage`."""
    if page := _PAGE.fullmatch(name):
        return f"{plain_name(page[1]).removesuffix('InList')}Page"
    return _OUT.sub("", name)


def _name_plainly(schema: dict[str, Any]) -> None:
    """Call `BillOut` a Bill: only to us does it go out."""
    schemas = schema["components"]["schemas"]
    names = {name: plain_name(name) for name in schemas}
    # Where both a Bill and a BillOut are told of, each keeps its name.
    names = {old: new for old, new in names.items() if old == new or new not in schemas}
    schema["components"]["schemas"] = {
        names.get(name, name): told | {"title": names.get(name, name)}
        for name, told in schemas.items()
    }
    _refer(schema, {f"{_REFERENCE}{old}": f"{_REFERENCE}{new}" for old, new in names.items()})


def _refer(told: Any, references: dict[str, str]) -> None:
    """Have what is named elsewhere in a description go by its new name."""
    if isinstance(told, dict):
        if told.get("$ref") in references:
            told["$ref"] = references[told["$ref"]]
        told = told.values()
    elif not isinstance(told, list):
        return
    for part in told:
        _refer(part, references)


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


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        place = Place(field=twice[:100] if twice.isprintable() else "body")
        raise InvalidInput("This name stands there twice.", places=(place,))
    return found


def _no_number(text: str) -> Any:
    raise _unreadable(f"{text} is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _unreadable("A number is beyond what can be counted.")
    return number


def _check_texts(value: Any) -> None:
    """Only by an escape can a text hold what UTF-8 cannot."""
    waiting = [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [(path, name) for name in one]
            waiting += [(f"{path}.{name}".lstrip("."), told) for name, told in one.items()]
        elif isinstance(one, list):
            waiting += [(f"{path}[{n}]", told) for n, told in enumerate(one)]
        elif isinstance(one, str) and _UNTOLD.search(one):
            place = Place(field=path if path.isprintable() else "body")
            raise InvalidInput("A text holds NUL, or half a character.", places=(place,))


def _unreadable(detail: str) -> InvalidInput:
    no = InvalidInput(detail)
    no.status = HTTPStatus.BAD_REQUEST  # type: ignore[misc] # of this one
    return no


def _of_status(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, Refusal):
        return web.refused(request, error.__cause__)
    return web.of_status(HTTPStatus(error.status_code))
