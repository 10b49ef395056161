"""Requests and callbacks as people read them: the fields of a form one by one, JSON with line breaks."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

_FORM, _JSON = "application/x-www-form-urlencoded", "json"
MOST_FIELDS = 200


def describe(headers: Mapping[str, str], body: str) -> dict[str, Any]:
    """Headers and body: `fields` of a form, or the `text` to show; `raw` is the body as it was."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
    fields = _read_form(body) if kind.startswith(_FORM) else []
    text = "" if fields else _indent_json(body) if _JSON in kind else body
    return {"headers": list(headers.items()), "fields": fields, "text": text, "raw": body}


def _read_form(body: str) -> list[tuple[str, str]]:
    """Names and values in their order, or none where it is no form."""
    try:
        return parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return []


def _indent_json(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
