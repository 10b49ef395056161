"""Answers to webhooks that several carriers expect."""

from numbers.carriers.contract import Answer

NO_REPLY = Answer(200, "text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
"""For carriers that carry out an answer's XML, such as sending a reply: this one does nothing."""
