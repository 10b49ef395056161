"""Names with which a text is signed.

Chinese senders have no name on the network and sign inside the text, in 【】 at either end; others write [NAME] or
"NAME: " in front, Indian banks "- NAME" at the end. What is there is the sender's name.
"""

import re
from collections.abc import Iterator

_NAME = r"[^\[\]【】［］〔〕〖〗「」『』《》<>\n]{1,40}?"
_BRACKETS = [r"\[]", "【】", "［］", "〔〕", "〖〗", "「」", "『』", "《》", "<>"]
_BRACKETED = "|".join(rf"{pair[:-1]}\s*({_NAME})\s*{pair[-1]}" for pair in _BRACKETS)
_AT_FRONT = re.compile(rf"\s*(?:{_BRACKETED})")
_AT_END = re.compile(rf"(?:{_BRACKETED})[\s.。!！]*$")
# two words at most: a longer label is a heading ("Bank holiday hours: ...")
_LABEL = re.compile(r"\s*([^\W\d_][^\s:：]{1,24}(?: [^\s:：]{1,24})?)\s?[:：]\s")
_AFTER_DASH = re.compile(r"(?:^|[\s.。!])[-–—~]{1,2}\s?([^\W\d_][^\n.:,/\-–—~]{1,30}?)[\s.。!]*$")
_LONGEST = 60
"""A signature at the end is within this many characters of it."""


def find_signatures(text: str) -> Iterator[str]:
    """Each name that the text is signed with, as written; bounded work on texts of any length."""
    tail = text.rstrip()[-_LONGEST:]
    found = [_AT_FRONT.match(text), _AT_END.search(tail), _LABEL.match(text), _AFTER_DASH.search(tail)]
    for match in filter(None, found):
        yield next(filter(None, match.groups()))
