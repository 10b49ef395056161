"""The search of the sandbox's page: words, and `from:`, `to:`, `carrier:` and `has:code`."""

from django.db.models import QuerySet

from inbox.sandbox.models import CapturedMessage

EXAMPLES = "from: to: carrier: has:code"
LONGEST = 200
_FIELDS = {"from": "sender__icontains", "to": "recipient__icontains", "carrier": "carrier__iexact"}


def matching(found: "QuerySet[CapturedMessage]", text: str) -> "QuerySet[CapturedMessage]":
    """Those messages that have everything that a text asks for; a word may be anywhere in a message's text."""
    for term in text[:LONGEST].replace("\0", " ").split():
        name, _, value = term.partition(":")
        if name in _FIELDS and value:
            found = found.filter(**{_FIELDS[name]: value})
        elif term == "has:code":
            found = found.filter(has_code=True)
        else:
            found = found.filter(body__icontains=term)
    return found
