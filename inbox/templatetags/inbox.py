"""Tags and filters of the public pages: marked codes, times, durations, and words that the browser knows too."""

from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from babel.core import get_global
from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, to_locale

from inbox.live.browser_words import WORDS, WORDS_OF_RENTALS
from inbox.live.browser_words import word as in_page_language
from inbox.live.browser_words import words as in_page_language_all
from inbox.live.rows import row_html, write_utc
from tempsms.lib import flags

register = template.Library()

# the picture is a square with a margin around the flag
_FLAG = '<img class="flag" src="{}#svgView(viewBox(4,16,64,40))" width="26" height="16" alt="{}">'
_LETTERS = (
    '<span class="flag letters" aria-hidden="true" translate="no">{}</span><span class="unseen">{}</span>'
)
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@register.simple_tag
def row(message: dict[str, Any], private: bool = False, alone: bool = False) -> SafeString:
    """The message as a list item, as sockets and polls bring it, or as it stands on a page of its own."""
    return row_html(message, private=private, alone=alone)


@register.filter
def untranslated(number: str) -> SafeString:
    """A number within words that a browser may translate: its digits stay."""
    return format_html('<bdi dir="ltr" translate="no">{}</bdi>', number)


@register.filter
def utc(at: datetime) -> str:
    """A time as people of the page's language write it, in UTC, to the minute."""
    return write_utc(at)


@register.simple_tag
def when(at: datetime) -> SafeString:
    """A time that scripts turn into how long ago it was."""
    return format_html('<time datetime="{}" data-relative>{}</time>', at.isoformat(), utc(at))


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """The same in few letters, for lists."""
    return format_html('<time datetime="{}" data-relative="short">{}</time>', at.isoformat(), utc(at))


@register.simple_tag
def exact(at: datetime) -> SafeString:
    """A time to the minute, which scripts turn into the visitor's own zone."""
    return format_html('<time datetime="{}" data-minute>{}</time>', at.isoformat(), utc(at))


@register.filter
def in_words(duration: timedelta) -> str:
    """A duration in its largest unit that divides it: 24 hours, 10 minutes, 3 days."""
    days, hours = duration // _DAY, duration // _HOUR
    if days > 1 and not duration % _DAY:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if hours > 1 and not duration % _HOUR:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    if not duration % _MINUTE:
        minutes = duration // _MINUTE
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    seconds = int(duration.total_seconds())
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


@register.filter
def language_tag(code: str) -> str:
    """A language as the web names it (BCP 47): zh-Hans."""
    language, _, script = code.partition("-")
    return f"{language}-{script.title()}" if script else language


@register.simple_tag
def language_buttons() -> SafeString:
    """Buttons that choose a language, each in its own words; the one of the page is marked."""
    return _make_language_buttons(get_language())


@lru_cache  # by the site's languages
def _make_language_buttons(current: str | None) -> SafeString:
    button = '<button type="submit" name="language" value="{}" lang="{}" translate="no"{}>{}</button>'
    mark = mark_safe(' aria-current="true"')
    return format_html_join(
        "",
        button,
        (
            (code, language_tag(code), mark if code == current else "", name)
            for code, name in settings.LANGUAGES
        ),
    )


@register.simple_tag
def style(name: str) -> SafeString:
    """A stylesheet of static/css inside the page; the policy allows it by its hash."""
    return mark_safe(f"<style>{settings.STYLES[name].text}</style>")  # noqa: S308 (a file of ours)


@register.simple_tag
@cache  # by scripts
def module(name: str) -> SafeString:
    """A script of static/js, and all that it imports asked for at once, not one after the other."""
    needed = ((static(f"js/{other}.js"),) for other in settings.MODULES[name])
    links = format_html_join("", '<link rel="modulepreload" href="{}">', needed)
    return format_html('{}<script type="module" src="{}"></script>', links, static(f"js/{name}.js"))


@register.simple_tag
def word(key: str, css: str = "", count: int | None = None) -> SafeString:
    """Render a word of `inbox.live.browser_words` in an element whose text the browser can translate."""
    return _word_element(get_language(), key, css, count)


@lru_cache(maxsize=4096)  # every row of every page has some
def _word_element(language: str | None, key: str, css: str, count: int | None) -> SafeString:
    return format_html(
        '<span{}{} data-word="{}">{}</span>',
        format_html(' class="{}"', css) if css else "",
        "" if count is None else format_html(' data-count="{}"', count),
        key,
        in_page_language(key, count),
    )


@register.simple_tag
def label(key: str) -> SafeString:
    """The same as the label of an element."""
    return format_html('aria-label="{}" data-label-word="{}"', in_page_language(key), key)


@register.simple_tag
def words(*keys: str, private: bool = False) -> SafeString:
    """Words of `inbox.live.browser_words`, for scripts: all, or some; a rental's page says that it is over itself."""
    if keys:
        return json_script({key: in_page_language(key) for key in keys}, "words")
    return _all_words(get_language(), private)


@lru_cache  # by the site's languages
def _all_words(language: str | None, private: bool) -> SafeString:
    own = {key: str(text) for key, text in WORDS_OF_RENTALS.items()} if private else {}
    return json_script(in_page_language_all() | own, "words")


@register.simple_tag
def flag(country: Any, alone: bool = True) -> SafeString:
    """A country's flag, or its letters: `alone` it has the name as its text, beside the name none."""
    name = country.name if alone else ""
    if picture := flags.picture(country.iso2):
        return format_html(_FLAG, static(picture), name)
    return format_html(_LETTERS, country.iso2, name)


@register.simple_tag
def linked_data(data: dict[str, Any]) -> SafeString:
    """JSON-LD in the page: a block of data, which browsers don't run and no script policy concerns."""
    script = json_script(data)
    return mark_safe(script.replace("application/json", "application/ld+json", 1))  # noqa: S308 (escaped above)


@register.simple_tag
def open_graph() -> SafeString:
    """Render what other sites show beside a link, as far as it is the same on every page: https://ogp.me."""
    return _describe_site(get_language() or "en", settings.PUBLIC_URL)


@lru_cache
def _describe_site(language: str, url: str) -> SafeString:
    likely = get_global("likely_subtags").get(to_locale(language), language)
    properties = {
        "og:locale": f"{likely.split('_')[0]}_{likely.split('_')[-1]}",
        "og:image": url + static("preview.png"),
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "tempsms",
    }
    return format_html_join("\n  ", '<meta property="{}" content="{}">', properties.items())


@register.simple_tag
def chip(flag: str) -> SafeString:
    """Render a flag as a list item; an unknown one keeps its name."""
    known = f"flag_{flag}" in WORDS
    text = word(f"flag_{flag}") if known else flag.replace("_", " ").capitalize()
    return format_html('<li class="chip" data-flag="{}">{}</li>', flag, text)
