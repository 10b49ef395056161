"""Cleans and checks the account settings that operators paste."""

import unicodedata
from collections.abc import Iterable, Mapping

from numbers import carriers

Given = Mapping[str, str | list[str]]


class Invalid(ValueError):
    """A setting cannot be used; the text says why, and what to give instead."""


def parse_pairs(lines: Iterable[str]) -> dict[str, str | list[str]]:
    """Parse lines of KEY=VALUE, without the whitespace that pasting adds.

    A repeated key has all its values, as during a rotation. Raises `Invalid`.
    """
    found: dict[str, list[str]] = {}
    for line in lines:
        name, separator, value = line.partition("=")
        name, value = strip_pasted(name), strip_pasted(value)
        if not name or not separator:
            raise Invalid("write each setting as KEY=VALUE")
        if not value:
            raise Invalid(f"{name} has no value: add one, or leave the setting out")
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def strip_pasted(text: str) -> str:
    """The text without leading and trailing whitespace and invisible characters of any script."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(character: str) -> bool:
    """Whether it is a space (also no-break), a control, or a format character such as a byte order mark."""
    # Copied from a portal or a chat, a key often brings a
    # no-break space or a byte order mark that nobody sees
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def check(carrier: str, given: Given) -> None:
    """Raise `Invalid` for unknown, missing, empty or unusable settings; its text never contains a value."""
    settings = {setting.name: setting for setting in carriers.get(carrier).settings}
    if unknown := sorted(set(given) - settings.keys()):
        raise Invalid(
            f"unknown setting for {carrier}: {', '.join(unknown)} (known: {', '.join(sorted(settings))})"
        )
    missing = [name for name, setting in settings.items() if setting.needed and not _list_values(given, name)]
    if missing:
        raise Invalid(f"{carrier} needs --set {' --set '.join(f'{name}=...' for name in missing)}")
    for name in given:
        for value in _list_values(given, name):
            if why := settings[name].check(value):
                raise Invalid(f"{name}: {why}")


def unusual_values(carrier: str, given: Given) -> list[str]:
    """Descriptions of values that look unusual for the carrier, such as half a key; they may still work."""
    settings = {setting.name: setting for setting in carriers.get(carrier).settings}
    found = [(name, value) for name in given for value in _list_values(given, name)]
    unusual = [f"{name}: {why}" for name, value in found if (why := settings[name].usual(value))]
    return list(dict.fromkeys(unusual))


def _list_values(given: Given, name: str) -> list[str]:
    """The values of a setting that are not empty."""
    value = given.get(name, "")
    return [one for one in ([value] if isinstance(value, str) else value) if one]
