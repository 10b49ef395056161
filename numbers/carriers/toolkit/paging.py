"""Reading lists that carriers give page by page: to their end, or with an error, since a list cut short misleads.

`what` names the list in errors ("Plivo's list of numbers").
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from numbers.carriers.errors import CallFailed

Item = dict[str, Any]
_MOST_PAGES = 5000


def follow(
    what: str, fetch: Callable[[str], tuple[Sequence[Item], object]], first: str = ""
) -> Iterator[Item]:
    """The items of pages that name the next one: `fetch` takes a page's name, and returns its items and that."""
    name = first
    for _ in range(_MOST_PAGES):
        items, following = fetch(name)
        yield from items
        if not following:
            return
        # A page that names itself would be read forever
        if not isinstance(following, str) or following == name:
            break
        name = following
    raise CallFailed(f"{what} does not end")


def until_short(what: str, size: int, fetch: Callable[[int], Sequence[Item]]) -> Iterator[Item]:
    """The items of numbered pages, of which only the last has fewer than `size`; the first is number 0."""
    for number in range(_MOST_PAGES):
        items = fetch(number)
        yield from items
        if len(items) < size:
            return
    raise CallFailed(f"{what} does not end")


def until_total(
    what: str, size: int, fetch: Callable[[int, int], tuple[Sequence[Item], object]]
) -> Iterator[Item]:
    """The items of pages that say how many there are in all.

    `fetch` takes the page's number, the first being 0, and how many items came before it, and returns its items and
    the total. Without one, a page of fewer than `size` is the last.
    """
    seen = 0
    for number in range(_MOST_PAGES):
        items, total = fetch(number, seen)
        yield from items
        seen += len(items)
        if isinstance(total, int):
            if seen >= total:
                return
            if not items:
                raise CallFailed(f"{what} ends early")
        elif len(items) < size:
            return
    raise CallFailed(f"{what} does not end")
