"""The description of the API, by which programs make clients."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lamplighter.platform.rest import Api, plain_name
from lamplighter.platform.schemas import PageOut
from lamplighter.site.api import api

READABLE = re.compile(r"[a-z]+(_[a-z]+)*")
PLEASANT = re.compile(r"([A-Z][a-z]+)+")


def printed(home: Path, *arguments: str) -> str:
    """What the command says on a machine without any database."""
    done = subprocess.run(
        [sys.executable, "-m", "lamplighter", "openapi", *arguments],
        env={
            **os.environ,
            "LAMPLIGHTER_HOME": str(home),
            "LAMPLIGHTER_DATABASE": "postgres://nobody:none@127.0.0.1:1/nowhere",
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_printed_or_written_without_any_database(tmp_path: Path) -> None:
    told = printed(tmp_path)
    assert json.loads(told)["openapi"].startswith("3.1.")
    file = tmp_path / "openapi.json"
    assert printed(tmp_path, "--output", str(file)) == ""
    assert file.read_text() == told


@cache
def described() -> dict[str, Any]:
    return api.get_openapi_schema(path_prefix="/api/")


def operations() -> Iterator[dict[str, Any]]:
    for path in described()["paths"].values():
        yield from path.values()


def test_each_operation_has_a_readable_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in operations()]
    assert len(names) > 8
    assert not [name for name in names if not READABLE.fullmatch(name)]
    assert len(set(names)) == len(names)


def test_each_operation_says_what_it_is_for() -> None:
    assert not [told["operationId"] for told in operations() if not told.get("description")]


def test_schemas_have_names_that_one_would_type() -> None:
    schemas = described()["components"]["schemas"]
    assert {"Bill", "Money", "Problem", "ReadingIn"} <= set(schemas)
    assert not [name for name in schemas if not PLEASANT.fullmatch(name)]
    assert not [name for name, told in schemas.items() if told["title"] != name]


def test_each_reference_leads_to_a_schema() -> None:
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described(), default=str))
    assert set(references) <= set(described()["components"]["schemas"])
    assert "MoneyOut" not in references


def test_examples_of_parameters_stand_where_readers_expect_them() -> None:
    parameters = [one for told in operations() for one in told.get("parameters", ())]
    assert [one for one in parameters if "examples" in one["schema"]]
    assert not [one["name"] for one in parameters if isinstance(one.get("examples"), list)]


def test_no_header_has_a_name_that_servers_drop() -> None:
    parameters = [one for told in operations() for one in told.get("parameters", ())]
    headers = {one["name"] for one in parameters if one["in"] == "header"}
    assert "Idempotency-Key" in headers
    assert not [name for name in headers if "_" in name]


def test_no_two_schemas_go_by_one_name() -> None:
    """Ninja would keep the last one of them, and describe the other operations wrongly."""
    schemas = described()["components"]["schemas"]
    wrong = []
    for path, operation in api.operations():
        for model in filter(None, operation.response_models.values()):
            for name, told in (
                model.model_json_schema(mode="serialization").get("$defs", {}).items()
            ):
                kept = schemas.get(plain_name(name), {})
                if set(kept.get("properties", ())) != set(told.get("properties", ())):
                    wrong.append(f"{path}: {name}")
    assert not wrong


class LampOut(BaseModel):
    lit: bool


class Lamp(BaseModel):
    oil: str


def test_pages_are_named_after_what_is_on_them() -> None:
    paged = Api(urls_namespace="paged")

    @paged.get("/lamps", response=PageOut[LampOut])
    def lamps(request: Any) -> None: ...

    told = paged.get_openapi_schema(path_prefix="/")
    assert set(told["components"]["schemas"]) == {"LampPage", "Lamp"}
    assert plain_name("PageOut_LampOutInList_") == "LampPage"
    assert plain_name("OutageOut") == "Outage"


def test_what_is_known_by_both_names_keeps_them() -> None:
    both = Api(urls_namespace="both")

    @both.get("/out", response=LampOut)
    def out(request: Any) -> None: ...

    @both.get("/in", response=Lamp)
    def plain(request: Any) -> None: ...

    told = both.get_openapi_schema(path_prefix="/")
    assert set(told["components"]["schemas"]) == {"LampOut", "Lamp"}
    answer = told["paths"]["/out"]["get"]["responses"][200]
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/LampOut")
