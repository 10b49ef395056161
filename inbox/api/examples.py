"""Examples for every operation of the OpenAPI document, put together from those of the fields."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_BY_FORMAT = {"date-time": "2027-01-31T12:00:00Z", "uri": "https://sms.example.org/", "uuid": "0" * 8}
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None, "string": "text"}


def add_examples(document: dict[str, Any]) -> None:
    """Give every body of a request, and of a successful answer, an example."""
    schemas = document["components"]["schemas"]
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for status, answer in operation["responses"].items() if int(status) < 300]
        for body in bodies:
            for content in body.get("content", {}).values():
                if "schema" in content:
                    content.setdefault("example", example_of(content["schema"], schemas))


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """A value that fits a schema: its own example, or one made of its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("example", "const", "default"):
        if name in schema:
            return schema[name]
    for name in ("allOf", "anyOf", "oneOf"):
        if name in schema:
            return example_of(schema[name][0], schemas)
    return _make_example(schema, schemas)


def _make_example(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example_of(part, schemas) for name, part in properties.items()}
    if kind == "array":
        return [example_of(schema["items"], schemas)] if "items" in schema else []
    if kind == "string" and schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    return max(schema["minimum"], 1) if "minimum" in schema else _BY_TYPE[kind]
