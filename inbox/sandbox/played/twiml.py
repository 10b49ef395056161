"""Reads a program's answer to an incoming message as Twilio does: TwiML, or a plain text that is the reply.

/docs/messaging/twiml, /docs/messaging/twiml/message, /docs/messaging/twiml/redirect; the codes are those of
/docs/api/errors. After a mistake in one verb the others are carried out all the same.
"""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from inbox.sandbox.played.answers import Instructions, Mistake, ProgramAnswer, Reply
from numbers.carriers.toolkit.senders import is_sender, parse_e164

LARGEST = 64 * 1024
LONGEST, MOST_REPLIES, MOST_FILES, LONGEST_URL = 1600, 10, 10, 2000
_MARKUP = ("text/xml", "application/xml", "text/html")
_ATTRIBUTES = {"to", "from", "statusCallback", "action", "method"}
_METHODS = ("", "POST")
ONLY_POST = "Invalid Method attribute: this sandbox makes callbacks by POST only"


class _Wrong(Exception):
    """A verb cannot be carried out."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.mistake = Mistake(code, text)


def read_answer(answer: ProgramAnswer) -> Instructions:
    """What an answer asks for."""
    body = answer.body
    if not 200 <= answer.status < 300:
        return _refuse_answer("11200", f"HTTP retrieval failure: the answer has the status {answer.status}")
    if len(body) > LARGEST:
        return _refuse_answer("11750", "TwiML response body too large")
    if not body.strip():
        return Instructions()
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return _read_plain(body)
    if kind not in _MARKUP:
        return _refuse_answer("12300", f"Invalid Content-Type: {kind[:60] or 'none'}")
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return _refuse_answer("12100", f"Document parse failure: {str(error)[:100]}")
    if root.tag != "Response":
        return _refuse_answer("12102", "The root element must be Response")
    return _read_verbs(answer, root)


def _refuse_answer(code: str, text: str) -> Instructions:
    return Instructions(mistakes=(Mistake(code, text),))


def _read_plain(body: bytes) -> Instructions:
    text = body.decode(errors="replace").strip()
    if "\0" in text or len(text) > LONGEST:
        return _refuse_answer("14103", "Invalid Body")
    return Instructions((Reply(text),))


def _read_verbs(answer: ProgramAnswer, root: Element) -> Instructions:
    """Verbs in their order, until one leads to another document."""
    replies: list[Reply] = []
    mistakes: list[Mistake] = []
    for verb in root:
        try:
            if verb.tag == "Redirect":
                return Instructions(tuple(replies), _read_redirect(answer.url, verb), tuple(mistakes))
            if verb.tag not in ("Message", "Sms"):
                raise _Wrong("14110", f"Invalid Verb for Message Reply: {_name_element(verb)}")
            mistakes += _check_attributes(verb)
            if len(replies) == MOST_REPLIES:
                mistakes.append(Mistake("14109", "TwiML Reply message limit exceeded"))
                break
            replies.append(_read_message(answer, verb))
        except _Wrong as error:
            mistakes.append(error.mistake)
    return Instructions(tuple(replies), mistakes=tuple(mistakes))


def _check_attributes(verb: Element) -> Iterator[Mistake]:
    """Attributes and nested elements that mean nothing, of which Twilio warns."""
    for name in verb.attrib.keys() - _ATTRIBUTES:
        yield Mistake("12200", f"Schema validation warning: attribute {name[:40]!r} of {_name_element(verb)}")
    for noun in verb:
        if noun.tag not in ("Body", "Media"):
            yield Mistake(
                "12200", f"Schema validation warning: {_name_element(noun)} in {_name_element(verb)}"
            )


def _read_redirect(url: str, verb: Element) -> str:
    if verb.get("method", "").upper() not in _METHODS:
        raise _Wrong("14104", ONLY_POST)
    found = _resolve(url, (verb.text or "").strip())
    if not found:
        raise _Wrong("11100", "Invalid URL format")
    return found


def _read_message(answer: ProgramAnswer, verb: Element) -> Reply:
    text, media = _read_content(answer.url, verb)
    to, sender = verb.get("to", "").strip(), verb.get("from", "").strip()
    if to and parse_e164(to) is None:
        raise _Wrong("14101", f'Invalid "To" attribute: {to[:40]}')
    if sender and not is_sender(sender):
        raise _Wrong("14102", f'Invalid "From" attribute: {sender[:40]}')
    if sender and answer.owned and parse_e164(sender) and sender not in answer.owned:
        raise _Wrong("14102", f'Invalid "From" attribute: {sender} is not yours')
    return Reply(text, media, sender, to, _read_callback(answer.url, verb))


def _read_callback(url: str, verb: Element) -> str:
    callback = verb.get("action") or verb.get("statusCallback") or ""
    if callback and not (callback := _resolve(url, callback)):
        raise _Wrong("14105", "Invalid statusCallback attribute")
    if callback and verb.get("method", "").upper() not in _METHODS:
        raise _Wrong("14104", ONLY_POST)
    return callback


def _read_content(url: str, verb: Element) -> tuple[str, tuple[str, ...]]:
    """The text of a message and the addresses of its files."""
    bodies, files = verb.findall("Body"), verb.findall("Media")
    text = "".join(_read_text(body) for body in bodies) if bodies else (verb.text or "").strip()
    media = tuple(_resolve(url, _read_text(file)) for file in files)
    if "" in media or len(media) > MOST_FILES:
        raise _Wrong("14103", "Invalid Body: it has a Media that is not a URL, or too many")
    if len(text) > LONGEST or (not text and not media):
        raise _Wrong("14103", "Invalid Body")
    return text, media


def _resolve(url: str, address: str) -> str:
    """An address that may be relative to a document's, or an empty text where it is none."""
    try:
        found = urljoin(url, address) if address else ""
        parts = urlsplit(found)
        right = parts.scheme in ("http", "https") and parts.hostname and len(found) <= LONGEST_URL
    except ValueError:
        return ""
    return found if right else ""


def _read_text(element: Element) -> str:
    return (element.text or "").strip()


def _name_element(element: Element) -> str:
    return str(element.tag)[:40]
