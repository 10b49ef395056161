"""Settings of accounts as operators paste them: cleaned, complete, and of a shape that can work."""

import unicodedata
from collections.abc import Iterable, Mapping

from numbers import carriers

Given = Mapping[str, str | list[str]]


class Invalid(ValueError):
    """What was given cannot be used; the text says why and what to give."""


def pairs(lines: Iterable[str]) -> dict[str, str | list[str]]:
    """Settings from lines of KEY=VALUE, without what pasting adds around both.

    A key given twice has both values, as for a rotation. Raises `Invalid`.
    """
    found: dict[str, list[str]] = {}
    for line in lines:
        name, separator, value = line.partition("=")
        name, value = pasted(name), pasted(value)
        if not name or not separator:
            raise Invalid("give each setting as KEY=VALUE")
        if not value:
            raise Invalid(f"{name} has no value: give one, or leave the setting out")
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def pasted(text: str) -> str:
    """A text without blanks, line ends and invisible characters at both ends, whatever alphabet they are from."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(character: str) -> bool:
    """Spaces (no-break ones too), controls, and format characters such as zero width and byte order marks."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def check(carrier: str, given: Given) -> None:
    """Raise `Invalid` for settings that are unknown, missing, empty, or could never work. Values are never repeated."""
    settings = {setting.name: setting for setting in carriers.get(carrier).settings}
    if unknown := sorted(set(given) - settings.keys()):
        raise Invalid(f"{carrier} has no setting {', '.join(unknown)}; it has {', '.join(sorted(settings))}")
    missing = [name for name, setting in settings.items() if setting.needed and not _values(given, name)]
    if missing:
        raise Invalid(f"{carrier} needs --set {' --set '.join(f'{name}=...' for name in missing)}")
    for name in given:
        for value in _values(given, name):
            if why := settings[name].check(value):
                raise Invalid(f"{name}: {why}")


def oddities(carrier: str, given: Given) -> list[str]:
    """What looks unlike the carrier's usual values, and may be half a key, or work all the same."""
    settings = {setting.name: setting for setting in carriers.get(carrier).settings}
    found = [(name, value) for name in given for value in _values(given, name)]
    told = [f"{name}: usually {why}" for name, value in found if (why := settings[name].usual(value))]
    return list(dict.fromkeys(told))


def _values(given: Given, name: str) -> list[str]:
    value = given.get(name, "")
    return [one for one in ([value] if isinstance(value, str) else value) if one]
