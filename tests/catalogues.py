"""What is marked for translation, and the catalogues: `python -m tests.catalogues` brings them up to date.

New texts are added without a translation, and what is no longer marked is dropped; the tests of the
languages fail while a text of any language is missing.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from django.template import Template
from django.template.base import Node
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tempsms import ROOT

LOCALE = ROOT / "inbox" / "locale"
WRITTEN = datetime(2026, 11, 24, tzinfo=UTC)  # catalogues differ only where texts do
KEYWORDS = {"ngettext": (1, 2), "_mark_pair": (1, 2), "gettext_noop": None, "gettext": None, "_": None}


class Marked(NamedTuple):
    """A text to be translated: one text, or two where it counts something."""

    context: str
    texts: tuple[str, ...]


def marked() -> dict[Marked, list[str]]:
    """Every marked text of the pages, and the files it stands in."""
    found: dict[Marked, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "inbox").rglob("*.py")):
        for _, texts, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            several = (texts,) if isinstance(texts, str) else tuple(texts)
            found[Marked("", several)].append(str(path.relative_to(ROOT)))
    for path in template_paths():
        for text in _in_template(path):
            found[text].append(str(path.relative_to(ROOT)))
    return found


def template_paths() -> list[Path]:
    """The public pages' templates."""
    return [
        path
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if "admin" not in path.relative_to(ROOT).parts
    ]


def nodes(path: Path) -> Iterator[Node]:
    """Every node of a template, those of others that it extends or includes left out."""
    template: Template = get_template(str(path.relative_to(ROOT / "templates"))).template  # type: ignore[attr-defined]
    yield from template.nodelist.get_nodes_by_type(Node)


def _in_template(path: Path) -> Iterator[Marked]:
    for node in nodes(path):
        if isinstance(node, TranslateNode):
            context = str(node.message_context.var) if node.message_context else ""
            yield Marked(context, (node.filter_expression.var.literal,))
        elif isinstance(node, BlockTranslateNode):
            texts = [node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural) if tokens]
            yield Marked("", tuple(" ".join(text.split()) if node.trimmed else text for text in texts))


def languages() -> list[str]:
    """The languages that have a catalogue, as folders are named: de, zh_Hans."""
    return sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(language: str) -> Catalog:
    """A language's catalogue."""
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as lines:
        return read_po(lines, locale=language)


def update(language: str) -> Catalog:
    """A catalogue with what is marked now, in the order of the files, and the translations that there are."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    old = read(language) if path.exists() else Catalog(locale=language)
    new = Catalog(
        locale=language,
        project="tempsms",
        version="1",
        header_comment=f"# The public pages of tempsms: {language}",
        msgid_bugs_address="see SECURITY.md",
        last_translator="tempsms",
        language_team="tempsms",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        fuzzy=False,
    )
    for text, files in sorted(marked().items(), key=lambda item: (item[1][0], item[0].texts)):
        known = old.get(text.texts[0], text.context or None)
        key = text.texts if len(text.texts) > 1 else text.texts[0]
        new.add(
            key,
            known.string if known else None,
            locations=[(file, 1) for file in sorted(set(files))],
            context=text.context or None,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=120, include_lineno=False, omit_header=False)
    return new


def main() -> None:
    """Update every catalogue."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")
    django.setup()
    for language in languages():
        catalogue = update(language)
        missing = sum(1 for message in catalogue if message.id and not all(forms(message)))
        print(f"{language}: {missing} texts without a translation")


def forms(message: Message) -> tuple[str, ...]:
    """The translations of a text: one, or one for each of the language's plural forms."""
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)


if __name__ == "__main__":
    main()
