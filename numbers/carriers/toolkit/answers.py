"""Answers to webhooks that several carriers expect."""

from numbers.carriers.contract import Answer

NO_REPLY = Answer(200, "text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
"""To carriers that do what an answer's XML says, such as sending a reply: it says nothing."""
