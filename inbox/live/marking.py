"""A message's text and sender as HTML: escaped, with elements around codes, what expires with them, and links."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from inbox.codes.occurrences import standing
from inbox.text import folding, web_links
from inbox.text.web_links import WebLink

Span = tuple[int, int]

_LINK = '<a href="{}" data-host="{}" target="_blank" rel="noopener noreferrer nofollow ugc">{}</a>'


def mark_text(message: dict[str, Any], linked: bool = False) -> SafeString:
    """Return the text of a message: its code in `<mark>`, what else expires with the code in `<span>`.

    Where it is `linked`, web addresses can be followed.
    """
    if "code_spans" not in message:  # from a process of the version before, in its last moments
        return mark_code(message["body"], message["code"])
    sealed = message["sealed"]["body"] if message["sealed"] else ()
    links = web_links.find(message["body"]) if linked else ()
    return _in_elements(message["body"], sealed, message["code_spans"], links)


def mark_sender(message: dict[str, Any]) -> SafeString:
    """Return the sender of a message, with each span of a code in `<span>`."""
    sealed = message["sealed"]["from"] if message.get("sealed") else ()
    return _in_elements(message["from"], sealed)


def mark_code(body: str, code: dict[str, Any] | None) -> SafeString:
    """Return a text with each occurrence of the code in `<mark>`."""
    view = folding.view(body)
    spans = [view.in_text(span) for span in standing(view.folded, code["value"])] if code else []
    return _in_elements(body, spans, spans)


def _in_elements(
    text: str, spans: Iterable[Span], marked: Iterable[Span] = (), links: Iterable[WebLink] = ()
) -> SafeString:
    """Escape the text, with an element around each of the spans, which are sorted."""
    sealed_spans = [(start, end) for start, end in spans]
    marks = {(start, end) for start, end in marked}
    pieces: list[SafeString] = []
    at = 0
    for link in links:
        # A link that begins or ends inside a code is left as text: elements cannot overlap
        if any(start < edge < end for start, end in sealed_spans for edge in (link.start, link.end)):
            continue
        inside = _with_spans(text, link.start, link.end, sealed_spans, marks)
        pieces += [
            _with_spans(text, at, link.start, sealed_spans, marks),
            format_html(_LINK, link.href, link.host, inside),
        ]
        at = link.end
    return mark_safe("".join([*pieces, _with_spans(text, at, len(text), sealed_spans, marks)]))  # noqa: S308 (escaped)


def _with_spans(text: str, at: int, to: int, sealed_spans: Iterable[Span], marks: set[Span]) -> SafeString:
    """Escape a range of the text, with an element around each span in it."""
    pieces: list[SafeString] = []
    for start, end in sealed_spans:
        if at <= start and end <= to:
            element = "{}<mark>{}</mark>" if (start, end) in marks else '{}<span class="sealed">{}</span>'
            pieces.append(format_html(element, text[at:start], text[start:end]))
            at = end
    return mark_safe("".join(pieces) + escape(text[at:to]))  # noqa: S308 (escaped piece by piece)
