"""The API in the whole application: its addresses, its documents, and refusals in front of it."""

import re
from typing import Any

import httpx
import jsonschema_rs
import pytest
from django.contrib.staticfiles import finders
from openapi_spec_validator import OpenAPIV31SpecValidator

from inbox.api.problems import MEDIA_TYPE, Code
from inbox.api.scopes import Scope
from tests.inbox.api.test_operations import problem

ROOT = "/api/v1"


async def test_pages_for_people_stay_what_they_are(site: httpx.AsyncClient) -> None:
    for path in ("/api/", f"{ROOT}/docs"):
        answer = await site.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path


async def test_the_reference_loads_nothing_from_elsewhere(site: httpx.AsyncClient) -> None:
    answer = await site.get(f"{ROOT}/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(loaded) >= 4
    for address in loaded:
        assert address.startswith("/")
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self';" in f"{policy};"
    assert "trusted-types" not in policy


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/", f"{ROOT}/nothing", "/api/v2/numbers", "/api/nothing"])
async def test_what_is_not_there_is_a_problem(site: httpx.AsyncClient, path: str) -> None:
    assert problem(await site.get(path)) == (404, "not_found")


async def test_refusals_before_the_api_are_problems_too(site: httpx.AsyncClient) -> None:
    traced = await site.request("TRACE", f"{ROOT}/problems")
    assert (*problem(traced), traced.headers["allow"]) == (405, "method_not_allowed", "GET")
    assert problem(await site.get(f"{ROOT}/problems?x={'x' * 5000}")) == (414, "address_too_long")
    large = {"X-Large": "x" * 9000}
    assert problem(await site.get(f"{ROOT}/problems", headers=large)) == (431, "headers_too_large")
    assert problem(await site.get(f"{ROOT}/problems", headers={"Host": "evil.example"})) == (
        400,
        "bad_request",
    )
    assert (await site.request("TRACE", "/")).headers["content-type"] == "text/plain"


async def test_every_code_is_listed_and_explained(site: httpx.AsyncClient) -> None:
    listed = (await site.get(f"{ROOT}/problems")).json()["problems"]
    assert [found["code"] for found in listed] == list(Code)
    for found in listed:
        assert (await site.get(f"{ROOT}/problems/{found['code']}")).json() == found
    assert problem(await site.get(f"{ROOT}/problems/other")) == (404, "not_found")


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation of an OpenAPI document."""
    return [operation for methods in document["paths"].values() for operation in methods.values()]


async def test_the_document_is_openapi_and_says_what_each_operation_needs(site: httpx.AsyncClient) -> None:
    document = (await site.get(f"{ROOT}/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert [error.message[:200] for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    jsonschema_rs.validator_for({"$defs": document["components"]["schemas"]})
    found = operations(document)
    assert len({operation["operationId"] for operation in found}) == len(found) > 0
    for operation in found:
        assert operation["summary"], operation["operationId"]
        assert operation["description"], operation["operationId"]
        scopes = [scope for needed in operation["security"] for scopes in needed.values() for scope in scopes]
        assert set(scopes) <= set(Scope)
        assert MEDIA_TYPE in operation["responses"]["429"]["content"]
        for parameter in operation["parameters"]:
            assert parameter["description"], (operation["operationId"], parameter["name"])


async def test_every_error_has_an_example(site: httpx.AsyncClient) -> None:
    document = (await site.get(f"{ROOT}/openapi.json")).json()
    schema = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    for code, example in document["components"]["examples"].items():
        jsonschema_rs.validator_for(schema).validate(example["value"])
        assert example["value"]["code"] == code
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) < 300:
                continue
            named = answer["content"][MEDIA_TYPE]["examples"]
            assert re.findall("`([a-z_]+)`:", answer["description"]) == list(named)
            for code, example in named.items():
                assert example == {"$ref": f"#/components/examples/{code}"}
                assert document["components"]["examples"][code]["value"]["status"] == int(status)


async def test_every_body_has_an_example_that_fits(site: httpx.AsyncClient) -> None:
    document = (await site.get(f"{ROOT}/openapi.json")).json()
    checked = 0
    for operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for status, answer in operation["responses"].items() if int(status) < 300]
        for content in (content for body in bodies for content in body.get("content", {}).values()):
            if "schema" not in content:
                continue
            schema = {**content["schema"], "components": document["components"]}
            jsonschema_rs.validator_for(schema).validate(content["example"])
            checked += 1
    assert checked >= 10
