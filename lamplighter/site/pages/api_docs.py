"""The description of the API: as OpenAPI for programs, as a page for people, open to all."""

import json
from functools import cache
from typing import Any, Final

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lamplighter.kernel import Refusal
from lamplighter.platform.answers import JSON_TYPE, dumped
from lamplighter.platform.entity_tags import has_newest, tag_of
from lamplighter.platform.web import open_to_all
from lamplighter.site.api import api

_BOUNDS: Final = {
    "minimum": "from", "maximum": "to", "minLength": "at least", "maxLength": "at most",
    "minItems": "at least", "maxItems": "at most",
}  # fmt: skip


@open_to_all
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    tag = tag_of(_document())
    known = has_newest(request, tag)
    answer = (
        HttpResponse(status=304) if known else HttpResponse(_document(), content_type=JSON_TYPE)
    )
    answer["ETag"] = tag
    answer["Cache-Control"] = "public, no-cache"
    return answer


@open_to_all
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same as a page: operations by their tags, then what they send and answer."""
    return render(request, "site/api_docs.html", _page())


@open_to_all
@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a `type` of problem details leads to: what the refusal means."""
    found = _refusals().get(code)
    if found is None:
        raise Http404
    return render(request, "site/problem.html", {"code": code, "meanings": found})


@cache
def _document() -> bytes:
    # Statuses are numbers until they are JSON.
    return dumped(json.loads(json.dumps(api.description_of_all)))


@cache
def _page() -> dict[str, Any]:
    document = orjson.loads(_document())
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            operation = _operation(method.upper(), path, told)
            groups.setdefault(told.get("tags", ["other"])[0], []).append(operation)
    schemas = document["components"]["schemas"]
    return {
        "title": document["info"]["title"],
        "description": document["info"]["description"],
        "groups": sorted(groups.items()),
        "schemas": [_schema(name, one) for name, one in sorted(schemas.items())],
    }


def _operation(method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    body = told.get("requestBody", {}).get("content", {})
    return {
        "id": told["operationId"],
        "method": method,
        "path": path,
        "summary": told.get("summary", ""),
        "description": told.get("description", ""),
        "action": told.get("x-action", ""),
        "parameters": [
            {
                "name": one["name"],
                "where": one["in"],
                "required": one.get("required", False),
                "type": type_of(one["schema"]),
                "description": _said(one) or _said(one["schema"]),
            }
            for one in told.get("parameters", [])
        ],
        "bodies": [(media, type_of(one["schema"])) for media, one in body.items()],
        "answers": [
            (status, one["description"], _content(one))
            for status, one in sorted(told["responses"].items())
        ],
    }


def _said(told: dict[str, Any]) -> str:
    if told.get("description"):
        return str(told["description"])
    return next(filter(None, map(_said, told.get("anyOf", []))), "")


def _content(answer: dict[str, Any]) -> str:
    return " or ".join(
        type_of(one["schema"]) for one in answer.get("content", {}).values() if "schema" in one
    )


def _schema(name: str, told: dict[str, Any]) -> dict[str, Any]:
    required = told.get("required", [])
    return {
        "name": name,
        "description": told.get("description", ""),
        "type": type_of(told) if "properties" not in told else "",
        "fields": [
            {
                "name": field,
                "type": type_of(one),
                "required": field in required,
                "description": _said(one),
            }
            for field, one in told.get("properties", {}).items()
        ],
    }


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for either in ("anyOf", "oneOf", "allOf"):
        if either in schema:
            return " or ".join(dict.fromkeys(map(type_of, schema[either])))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    words = [str(schema.get("format") or schema.get("type") or "anything")]
    words += [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return ", ".join(words)


@cache
def _refusals() -> dict[str, list[tuple[str, int]]]:
    """Each refusal by its code, with its titles and statuses; a few contexts share a name."""
    found: dict[str, list[tuple[str, int]]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("lamplighter.") and ".tests." not in kind.__module__:
            meaning = (kind.title, kind.status)
            meanings = found.setdefault(kind.code, [])
            if meaning not in meanings:
                meanings.append(meaning)
    return found
