"""The pages in every language: nothing untranslated, the right language for each visitor, the same rows live."""

import gettext
import itertools
import os
import re
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.catalog import Message
from django.conf import settings
from django.template.base import TextNode
from django.test import Client
from django.utils import translation
from django.utils.translation import to_locale

from inbox.live import browser_words
from inbox.live.frames import message_frame
from inbox.messages.inboxes import Inbox
from inbox.messages.queries import newest
from inbox.pages import countries
from inbox.sandbox import projects
from inbox.templatetags.inbox import language_tag
from numbers.models import Lease
from tempsms import ROOT
from tempsms.lib import catalogues as compiling
from tests import catalogues
from tests.factories import make_account, make_lease, make_message, make_number
from tests.inbox.sandbox.keeping import FORM, ON_ITS_WAY, keep

LANGUAGES = [code for code, _ in settings.LANGUAGES]
OTHERS = [code for code in LANGUAGES if code != "en"]
PAGE = "/numbers/15005550006/"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?\w+[^>]*>")
COUNT = re.compile(r"%\((?:count|sent|days)\)[sd]")
IN_ENGLISH = {"api.html", "api_docs.html"}  # for programmers, and marked as English
SENT = {"method": "POST", "path": "/capture/x", "headers": {"content-type": FORM}, "body": "Body=Hi"}
FILE = {"url": "https://media.example/1", "content_type": "image/png"}


# The catalogues


def test_each_language_has_a_catalogue() -> None:
    assert catalogues.languages() == sorted(to_locale(code) for code in OTHERS)


@pytest.mark.parametrize("code", OTHERS)
def test_every_marked_text_is_translated(code: str) -> None:
    known = {
        (message.context or "", message.id if isinstance(message.id, tuple) else (message.id,)): message
        for message in catalogues.read(to_locale(code))
        if message.id
    }
    assert set(known) == {tuple(text) for text in catalogues.marked()}
    assert [
        message.id for message in known.values() if message.fuzzy or not all(catalogues.forms(message))
    ] == []


@pytest.mark.parametrize("code", OTHERS)
def test_translations_keep_the_placeholders_and_the_markup(code: str) -> None:
    catalogue = catalogues.read(to_locale(code))
    alone = _forms_of_one_number(catalogue)
    wrong = [
        (message.id, form)
        for message in catalogue
        if message.id
        for place, form in enumerate(catalogues.forms(message))
        if not _agree(message, form, counted=message.pluralizable and place in alone)
    ]
    assert wrong == []


def _forms_of_one_number(catalogue: Catalog) -> set[int]:
    """The plural forms that stand for a single number: it need not be written there, as Arabic does not for 1 and 2."""
    form = gettext.c2py(catalogue.plural_expr)
    forms = [form(number) for number in range(200)]
    return {form for form in forms if forms.count(form) == 1}


def _agree(message: Message, form: str, *, counted: bool) -> bool:
    """The same placeholders and tags; where the form itself says how many, that one may be missing."""
    texts = message.id if isinstance(message.id, tuple) else (message.id,)
    given = sorted(PLACEHOLDER.findall(form))
    wanted = [sorted(PLACEHOLDER.findall(str(text))) for text in texts]
    without = [[place for place in places if not COUNT.fullmatch(place)] for places in wanted]
    return given in (wanted + without if counted else wanted)


@pytest.mark.parametrize("code", OTHERS)
def test_our_translation_is_shown_and_not_that_of_djangos_own_pages(code: str) -> None:
    catalogue = catalogues.read(to_locale(code))
    form = gettext.c2py(catalogue.plural_expr)
    with translation.override(code):
        for message in catalogue:
            forms = catalogues.forms(message)
            if isinstance(message.id, tuple):
                one, many = message.id
                shown = [translation.ngettext(one, many, number) for number in range(200)]
                assert shown == [forms[form(number)] for number in range(200)]
            elif isinstance(message.id, str) and message.id:
                assert (_said(message.id, message.context),) == forms


def _said(text: str, context: str | None) -> str:
    return translation.pgettext(context, text) if context else translation.gettext(text)


def test_dates_have_their_time_in_every_language() -> None:
    for code in LANGUAGES:
        with translation.override(code):
            assert "H:i" in translation.gettext("j M Y, H:i"), code


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "a"\nmsgstr "ä"\n'
    )
    (target,) = compiling.compile_stale(tmp_path)
    assert "ä".encode() in target.read_bytes()
    assert [
        path.name for path in source.parent.iterdir() if path.name not in ("django.po", "django.mo")
    ] == []
    assert compiling.compile_stale(tmp_path) == []
    later = target.stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compiling.compile_stale(tmp_path) == [target]
    target.unlink()
    target.mkdir()  # nothing can be put in its place, as in a folder that is for reading only
    os.utime(source, (later + 5, later + 5))
    os.utime(target, (later, later))
    assert compiling.compile_stale(tmp_path) == []
    assert "not compiled" in caplog.text


# What is marked


@pytest.mark.parametrize("path", catalogues.template_paths(), ids=lambda path: path.name)
def test_templates_have_no_words_that_are_not_marked(path: Path) -> None:
    if path.name in IN_ENGLISH:
        return
    text = "\0".join(node.s for node in catalogues.nodes(path) if isinstance(node, TextNode))
    attributes = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"\0]*)"', text)
    shown = re.sub(r"<[^>]*>|<[^>]*$|^[^<]*>", " ", text.replace("<!doctype html>", ""))
    words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;|\S*/\S*", " ", shown) + " ".join(attributes)))
    assert words <= {"tempsms", "UTC", "ms"}


@pytest.mark.parametrize("path", sorted((ROOT / "static/js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_have_no_words_for_people(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    quoted = [found[1] for found in re.findall(r"""(["'`])((?:(?!\1).)*)\1""", code)]
    assert [text for text in quoted if re.match(r"[A-Z][a-z]+(?: |$|\.)", text)] == []


# Pages


@pytest.fixture
def lease(db: None) -> Lease:
    """An American number with a message and a withheld one."""
    lease = make_lease(make_number("+15005550006"))
    make_message(lease, "Your code is 123456", sender="ACME", flags=["recovered"], media=[FILE, FILE])
    make_message(lease, "", sender="")
    make_message(lease, "Bank", withheld="bank", public=False)
    return lease


def paths(lease: Lease) -> list[str]:
    """Every kind of page."""
    (pk, *_) = [message["id"] for message in newest(Inbox(lease.number_id, lease.number.e164))]
    account = lease.account
    make_lease(make_number("+15005550007"), account, state="released")
    default = projects.ensure_default()
    sent = keep(default, "Łódź 482913", after=ON_ITS_WAY, callback="http://127.0.0.1:5000/", request=SENT)
    return [
        "/",
        "/?kind=mobile",
        "/countries/us/",
        "/countries/zz/",
        "/countries/fr/",
        PAGE,
        f"{PAGE}?q=code&from=ACME&before=999999999",
        f"{PAGE}?q=nothing",
        f"{PAGE}report/",
        f"{PAGE}messages/{pk}/",
        f"{PAGE}messages/999999999/",
        "/numbers/15005550007/",
        "/numbers/4915112345678/",
        "/numbers/past/",
        "/status/",
        "/about/",
        "/privacy/",
        "/abuse/",
        "/sandbox/",
        "/sandbox/?q=nothing+a:b",
        "/sandbox/default/delete/",
        "/sandbox/default/prices/",
        f"/sandbox/default/messages/{sent.pk}/?bad-tag",
        f"/sandbox/default/with/{sent.recipient}/",
        "/nowhere",
    ]


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_on_any_page(client: Client, lease: Lease, code: str) -> None:
    plain = {
        text.texts[0]
        for text in catalogues.marked()
        if len(text.texts) == 1 and not PLACEHOLDER.search(text.texts[0]) and len(text.texts[0]) > 2
    }
    for path in paths(lease):
        english = _text(client.get(path, headers={"Accept-Language": "en"}).content.decode())
        answer = client.get(path, headers={"Accept-Language": code})
        page = _text(answer.content.decode())
        direction = "rtl" if code == "ar" else "ltr"
        assert f'<html lang="{language_tag(code)}" dir="{direction}">' in answer.content.decode()
        assert answer.headers["Content-Language"] == code
        with translation.override(code):
            left = [
                text
                for text in plain
                if f"\n{text}\n" in english and f"\n{text}\n" in page and translation.gettext(text) != text
            ]
        assert left == [], path
        assert sum(f"\n{text}\n" in english for text in plain) > 10


def _text(page: str) -> str:
    """A page's texts, each on a line of its own."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", "\n", page, flags=re.DOTALL)
    return "\n" + re.sub(r"\s*\n\s*|\s*<[^>]*>\s*", "\n", body).replace("&#x27;", "'") + "\n"


def test_numbers_and_addresses_keep_their_direction_on_arabic_pages(client: Client, lease: Lease) -> None:
    isolated = re.compile(r"<(bdi|title|script|style)\b.*?</\1>|\u2066.*?\u2069", re.DOTALL)
    for path in paths(lease):
        page = client.get(path, headers={"Accept-Language": "ar"}).content.decode()
        assert re.findall(r">[^<]*(?:\+\d|/\.?\w)[^<]*", isolated.sub("", page)) == [], path


def test_the_browsers_languages_choose_and_unknown_ones_are_english(client: Client, lease: Lease) -> None:
    for asked, given in (
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("es-MX", "es"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("hi-IN", "hi"),
        ("ja", "ja"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("nl,sv;q=0.5", "en"),
        ("xx-nonsense,,;q=9", "en"),
        ("", "en"),
    ):
        answer = client.get("/", headers={"Accept-Language": asked})
        assert f'<html lang="{given}"' in answer.content.decode(), asked
        assert {"Accept-Language", "Cookie"} <= set(re.split(r", *", answer.headers["Vary"]))


def test_the_switch_keeps_a_choice_that_counts_more_than_the_browser(client: Client, lease: Lease) -> None:
    answer = client.post("/language/", {"language": "fr", "next": PAGE})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert answer.cookies["language"]["httponly"]
    page = client.get(PAGE, headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="fr" dir="ltr">' in page
    assert 'value="fr" lang="fr" translate="no" aria-current="true">Français</button>' in page
    client.post("/language/", {"language": "klingon", "next": PAGE})
    assert client.cookies["language"].value == "fr"


def test_the_switch_leads_nowhere_else_and_needs_no_token(lease: Lease) -> None:
    client = Client(enforce_csrf_checks=True)
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = client.post("/language/", {"language": "de", "next": elsewhere})
        assert answer.headers["Location"] == "/"
    assert client.get("/language/").status_code == 405


def test_operators_pages_stay_in_english(client: Client, db: None) -> None:
    page = client.get("/admin/login/", headers={"Accept-Language": "de"}).content.decode()
    assert 'lang="en' in page
    assert "Passwort" not in page


def test_countries_have_their_names_in_the_language(client: Client, db: None) -> None:
    make_lease(make_number("+447700900123", country="GB", kind="mobile"), make_account())
    assert "Vereinigtes Königreich" in client.get("/", headers={"Accept-Language": "de"}).content.decode()
    assert countries.country("GB", "zh-hans").name == "英国"


# Rows that come live


def test_a_live_row_is_in_english_whoever_is_served_and_a_polled_one_in_the_visitors(
    client: Client, lease: Lease
) -> None:
    message = newest(Inbox(lease.number_id, lease.number.e164))[-1]
    with translation.override("de"):
        frame = message_frame(message).text
    assert ">Arrived late<" in frame
    (polled, *_) = client.get(f"{PAGE}poll/?after=0", headers={"Accept-Language": "de"}).json()["frames"]
    assert "Verspätet angekommen" in polled["html"]


def test_every_word_of_a_row_can_be_put_in_by_the_page(lease: Lease) -> None:
    for message in newest(Inbox(lease.number_id, lease.number.e164)):
        frame = message_frame(message).text
        keys = re.findall(r'data-(?:label-)?word=\\"(\w+)\\"', frame)
        assert keys
        assert set(keys) <= {*browser_words.WORDS, *browser_words.COUNTED}


@pytest.mark.parametrize(
    ("code", "categories"),
    [
        ("en", {"one", "other"}),
        ("de", {"one", "other"}),
        ("fr", {"one", "other"}),
        ("id", {"other"}),
        ("pt", {"one", "other"}),
        ("ru", {"one", "few", "many"}),
        ("tr", {"one", "other"}),
        ("ar", {"zero", "one", "two", "few", "many", "other"}),
        ("hi", {"one", "other"}),
        ("ja", {"other"}),
        ("zh-hans", {"other"}),
    ],
)
def test_counted_words_come_in_every_form_that_browsers_ask_for(code: str, categories: set[str]) -> None:
    with translation.override(code):
        found: dict[str, Any] = browser_words.words()
        assert set(found["new_messages"]) == categories
        category = Locale.parse(code, sep="-").plural_form
        for key, count in itertools.product(browser_words.COUNTED, range(1, 120)):
            assert found[key][category(count)] % {"count": count} == browser_words.word(key, count)
