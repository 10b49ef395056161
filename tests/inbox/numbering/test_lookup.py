"""What numbering plans say of a number."""

import httpx
import pytest

from inbox.api.scopes import Scope
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem


@pytest.mark.parametrize(
    ("e164", "expected"),
    [
        (
            "+447400555123",
            {"valid": True, "country": "GB", "kind": "mobile"},
        ),
        ("+442079460018", {"valid": True, "country": "GB", "kind": "fixed_line"}),
        ("+18005550199", {"country": "US", "kind": "toll_free"}),
        ("+1415555", {"valid": False, "possible": False, "kind": "unknown"}),
    ],
)
async def test_a_number_is_described(api: httpx.AsyncClient, e164: str, expected: dict[str, object]) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    answer = await api.get(f"/lookup/{e164}", headers=key)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {name: found[name] for name in expected} == expected
    assert ("Europe/London" in found["time_zones"]) == (expected.get("country") == "GB")
    assert found["international"].replace(" ", "").replace("-", "") == e164


@pytest.mark.parametrize("e164", ["+9991234567", "447400555123", "+0123", "+4474005551231234567"])
async def test_what_is_no_number_is_refused(api: httpx.AsyncClient, e164: str) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    assert problem(await api.get(f"/lookup/{e164}", headers=key)) == (422, "invalid_request")
