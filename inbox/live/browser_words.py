"""Words that the browser shows too: in rows that come live, and in what the live page says.

One ready-made row goes to viewers in all languages. It is in English, names its words by these keys (`data-word`), and
the page puts its own in, from the words that the server wrote into it.
"""

from functools import cache

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

Word = str | dict[str, str]
"""A text, perhaps with %(name)s in it; or, where it counts something, one for each plural category (CLDR)."""


def _mark_pair(one: str, many: str) -> tuple[str, str]:
    """Mark a pair for translation; the catalogues are made from calls of this name."""
    return one, many


WORDS: dict[str, Promise | str] = {
    "unknown_sender": _("Unknown sender"),
    "no_text": _("No text"),
    "copy": _("Copy code"),
    "about_message": _("About this message"),
    "link": _("Details"),
    "report": _("Report"),
    "download": _("Download"),
    "only_sender": _("More from this sender"),
    "flag_recovered": _("Arrived late"),
    "flag_partial": _("Parts missing"),
    "flag_filtered": _("Text removed by the carrier"),
    "flag_redacted": _("Code removed"),
    "flag_captured": _("Sent from a test program"),
    "flag_unreadable": _("Unreadable characters"),
    "flag_withheld": _("Withheld"),
    "copied": _("Copied"),
    "not_copied": _("Not copied"),
    "could_not_copy": _("Could not copy"),
    "live": _("Live"),
    "reconnecting": _("Reconnecting"),
    "polling": _("Checking every 5 seconds"),
    "retired": _("Retired"),
    "number_retired": _("This number has been retired"),
    "waiting": _("Copied. Waiting for a message"),
    "advice": _("No message yet. See the tips on this page."),
    "new_from": _("New message from %(sender)s"),
}
WORDS_OF_RENTALS = {
    "retired": _("Ended"),
    "number_retired": _("Messages are no longer shown here"),
}
COUNTED = {
    "attachments": _mark_pair("%(count)d attachment", "%(count)d attachments"),
    "new": _mark_pair("%(count)d new", "%(count)d new"),
    "new_messages": _mark_pair("%(count)d new message", "%(count)d new messages"),
    "older_shown": _mark_pair("%(count)d older message shown", "%(count)d older messages shown"),
}
# Of each plural category, in any language, one is here, and the last one counts: 1 comes once more, because Portuguese
# browsers put 0 into its category and catalogues don't.
EXAMPLES = (*range(199, -1, -1), 1)


def word(key: str, count: int | None = None) -> str:
    """A word in the language of the page that is being made."""
    return str(WORDS[key]) if count is None else ngettext(*COUNTED[key], count) % {"count": count}


def words() -> dict[str, Word]:
    """All of them in the language of the page that is being made."""
    return _translate_words(get_language() or "en")


@cache  # by the site's languages
def _translate_words(language: str) -> dict[str, Word]:
    category = Locale.parse(language, sep="-").plural_form
    examples = {category(number): number for number in EXAMPLES}
    counted = {
        key: {name: ngettext(*forms, number) for name, number in examples.items()}
        for key, forms in COUNTED.items()
    }
    return {**{key: str(text) for key, text in WORDS.items()}, **counted}
