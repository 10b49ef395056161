"""Requests that were kept for the operator, unsealed."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from tempsms.lib import vault
from tests.conftest import Sql


class Kept(NamedTuple):
    """A row of `inbox_quarantined`."""

    reason: str
    detail: str
    repeats: int
    query: str
    headers: Mapping[str, str]
    body: bytes


def unprocessed_requests(sql: Sql) -> list[Kept]:
    """All of them, the oldest first."""
    rows = sql("SELECT reason, repeats, detail, query, headers, body FROM inbox_quarantined ORDER BY id")
    return [_open(*row) for row in rows]


def _open(reason: str, repeats: int, *sealed: bytes) -> Kept:
    detail, query, headers = (json.loads(vault.unseal(value)) for value in sealed[:3])
    return Kept(reason, detail, repeats, query, headers, vault.unseal_bytes(sealed[3]))
