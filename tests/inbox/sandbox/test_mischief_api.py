"""Mischief by the API: rules are listed, put and deleted, each key in its own project."""

from typing import Any

import httpx
import pytest

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.sandbox import mischief_rules, projects
from inbox.sandbox.models import MischiefRule, Project
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem

API = "/api/v1/sandbox/mischief"
RULE = {
    "carrier": "twilio",
    "recipient": "+1415*",
    "chance": 0.5,
    "times": 3,
    "seed": 7,
    "effects": {"refuse": "21610"},
}
ALL_EFFECTS = {
    "latency_ms": 0,
    "refuse": "21610",
    "outcome": "",
    "error": "",
    "receipt_delay_ms": 0,
    "receipts": [],
}


async def put(site: httpx.AsyncClient, key: dict[str, str], name: str = "busy", **changes: Any) -> Any:
    """The answer to a rule."""
    return await site.put(f"{API}/{name}", headers=key, json={**RULE, **changes})


async def test_rules_are_put_listed_and_deleted(site: httpx.AsyncClient, default: Project) -> None:
    key = await make_key(Scope.SANDBOX)
    made = await put(site, key)
    assert made.status_code == 200, made.text
    assert made.json() == {"name": "busy", **RULE, "effects": ALL_EFFECTS, "seen": 0, "done": 0}
    await put(site, key, "late", carrier="", effects={"latency_ms": 100})
    await in_thread(lambda: mischief_rules.choose(default, "twilio", "+14155550100"))
    listed = (await site.get(API, headers=key)).json()["rules"]
    assert (listed[0]["name"], listed[0]["seen"]) == ("busy", 1)
    again = await put(site, key, chance=1.0)
    assert (again.json()["chance"], again.json()["seen"]) == (1.0, 0)
    listed = (await site.get(API, headers=key)).json()["rules"]
    assert [rule["name"] for rule in listed] == ["busy", "late"]  # it keeps its place
    assert (await site.delete(f"{API}/busy", headers=key)).status_code == 204
    assert problem(await site.delete(f"{API}/busy", headers=key)) == (404, "not_found")
    assert (await site.delete(API, headers=key)).status_code == 204
    assert (await site.get(API, headers=key)).json() == {"rules": []}


async def test_a_project_has_its_rules_and_takes_others(site: httpx.AsyncClient, default: Project) -> None:
    key, path = await make_key(Scope.SANDBOX), API.replace("mischief", "projects/default")
    await put(site, key, "old")
    rules = [{"name": "a", **RULE}, {"name": "b", "effects": {"latency_ms": 5}}]
    answer = await site.patch(path, headers=key, json={"mischief": rules})
    assert answer.status_code == 200, answer.text
    shown = (await site.get(path, headers=key)).json()["mischief"]
    assert shown == answer.json()["mischief"] == (await site.get(API, headers=key)).json()["rules"]
    assert [(rule["name"], rule["recipient"]) for rule in shown] == [("a", "+1415*"), ("b", "")]
    wrong = [{"name": "c", "effects": {}}, {"name": "d", "effects": {"refuse": "1"}}]
    answer = await site.patch(path, headers=key, json={"mischief": wrong, "retention_hours": 1})
    assert problem(answer) == (422, "invalid_request")
    found = (await site.get(path, headers=key)).json()
    assert (found["mischief"], found["retention_hours"]) == (shown, 168.0)
    assert (await site.patch(path, headers=key, json={"mischief": []})).json()["mischief"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"carrier": "nobody"},
        {"chance": 1.5},
        {"times": 0},
        {"seed": -1},
        {"effects": {"refuse": "30003"}},
        {"effects": {"outcome": "delivered"}},
        {"effects": {"error": "30003"}},
        {"effects": {"latency_ms": 30_001}},
        {"effects": {"receipts": ["twice"]}},
        {"effects": None},
        {"carrier": "", "effects": {"refuse": "21610"}},
        {"more": 1},
    ],
)
async def test_a_wrong_rule_changes_nothing(
    site: httpx.AsyncClient, default: Project, wrong: dict[str, Any]
) -> None:
    key = await make_key(Scope.SANDBOX)
    await put(site, key)
    assert problem(await put(site, key, **wrong)) == (422, "invalid_request")
    (rule,) = (await site.get(API, headers=key)).json()["rules"]
    assert rule["effects"] == ALL_EFFECTS


async def test_a_project_has_so_many_rules(
    site: httpx.AsyncClient, default: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mischief_rules, "MOST", 2)
    key = await make_key(Scope.SANDBOX)
    for name in ("a", "b", "b"):
        assert (await put(site, key, name)).status_code == 200
    assert problem(await put(site, key, "c")) == (409, "too_many_rules")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("PUT", "/busy"), ("DELETE", "/busy")],
)
async def test_a_key_for_one_project_reaches_no_other(
    site: httpx.AsyncClient, default: Project, method: str, path: str
) -> None:
    await in_thread(lambda: projects.make("tests"))
    await put(site, await make_key(Scope.SANDBOX, name="all"))
    for key, expected in [
        (await make_key(Scope.SANDBOX, name="other", project="tests"), (404, "not_found")),
        (await make_key(Scope.MESSAGES_READ, name="reader"), (403, "insufficient_scope")),
        # without a key it is for programs on the same machine, which need no proxy
        ({"X-Forwarded-For": "203.0.113.9"}, (401, "unauthenticated")),
    ]:
        answer = await site.request(
            method,
            f"{API}{path}",
            headers=key,
            params={"project": "default"},
            json=RULE if method == "PUT" else None,
        )
        assert problem(answer) == expected
    assert await in_thread(MischiefRule.objects.count) == 1
