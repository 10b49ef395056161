"""One-time codes in messages: `inbox.codes.find(text, sender)`."""

from inbox.codes.finder import Code, find

__all__ = ["Code", "find"]
