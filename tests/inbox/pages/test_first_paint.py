"""The first paint of a page needs one answer: its styles are in it, its colours are right, and it is compressed."""

import base64
import gzip
import hashlib
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from inbox.pages import theme
from numbers.models import Lease
from tempsms.lib import assets
from tempsms.storage import StaticFiles
from tests.factories import make_lease, make_message

pytestmark = pytest.mark.django_db
PAGE = "/numbers/15005550006/"
PATHS = ["/", "/countries/us/", PAGE, f"{PAGE}?q=x", f"{PAGE}report/", "/status/", "/about/", "/nowhere"]


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease()


def allowed(answer: Any) -> list[str]:
    """What the policy says of styles."""
    policy = str(answer.headers["Content-Security-Policy"])
    return policy.partition("style-src ")[2].partition(";")[0].split()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_carries_its_styles_and_the_policy_allows_these_only(
    client: Client, lease: Lease, path: str
) -> None:
    answer = client.get(path)
    page = answer.content.decode()
    found = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found}
    assert len(found) >= 2
    assert {f"'sha256-{digest}'" for digest in hashes} <= set(allowed(answer))
    assert all(source.startswith("'sha256-") for source in allowed(answer))
    assert 'rel="stylesheet"' not in page
    assert "url(" not in "".join(found)  # nothing else is fetched, and no address is relative to a file


@pytest.mark.parametrize("path", PATHS)
def test_no_script_is_waited_for_and_all_it_imports_is_asked_for_at_once(
    client: Client, lease: Lease, path: str
) -> None:
    page = client.get(path).content.decode()
    sources = re.findall(r'<script [^>]*src="/static/js/(\w+)\.js"', page)
    assert sources == re.findall(r'<script type="module" src="/static/js/(\w+)\.js"', page)
    asked = re.findall(r'<link rel="modulepreload" href="/static/js/(\w+)\.js">', page)
    assert set(asked) == {name for source in sources for name in settings.MODULES[source]}


def test_what_a_script_imports_is_found_through_others(tmp_path: Any) -> None:
    (tmp_path / "a.js").write_text('import {\n  x,\n} from "./b.js";\n// from "./d.js";\n')
    (tmp_path / "b.js").write_text('export { y } from "./c.js";\nimport { z } from "./a.js";\n')
    (tmp_path / "c.js").write_text("export const y = 1;\n")
    assert assets.modules(tmp_path) == {"a": ["b", "c"], "b": ["c", "a"], "c": []}


def test_scripts_import_each_other_by_names_that_change_with_their_content(
    tmp_path: Any, settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{StaticFiles.__module__}.{StaticFiles.__qualname__}"},
    }
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    paths = {}
    for name, text in (("js/a.js", 'import { b } from "./b.js";\n'), ("js/b.js", "export const b = 1;\n")):
        storage.save(name, ContentFile(text))
        paths[name] = (storage, name)
    list(storage.post_process(paths))
    hashed = storage.stored_name("js/b.js").removeprefix("js/")
    assert re.fullmatch(r"b\.[0-9a-f]{12}\.js", hashed)
    assert f'from "./{hashed}"' in (tmp_path / storage.stored_name("js/a.js")).read_text()


def test_a_page_is_compressed_for_those_who_take_it(client: Client, lease: Lease) -> None:
    for n in range(50):
        make_message(lease, f"message {n}: your code is {100_000 + n}")
    packed = client.get(PAGE, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "message 49" in gzip.decompress(packed.content).decode()
    assert len(packed.content) < 12_000
    assert not client.get(PAGE).has_header("Content-Encoding")
    lengths = {len(client.get("/about/", headers={"Accept-Encoding": "gzip"}).content) for _ in range(8)}
    assert len(lengths) > 1  # as chance has it: nothing can be learnt by comparing them (BREACH)


# Light or dark


def test_the_switch_is_a_form_that_leads_from_one_to_the_next(client: Client, lease: Lease) -> None:
    seen = []
    for _ in range(4):
        page = client.get(PAGE).content.decode()
        said = re.search(r'<html [^>]*data-theme="(\w+)"', page)
        button = re.search(r'id="theme" name="theme" value="(\w+)"', page)
        (word,) = re.findall(r'data-theme-word="(\w+)"><svg', page)
        assert button
        assert word == (said[1] if said else "system")
        seen.append(word)
        answer = client.post("/theme/", {"theme": button[1], "next": PAGE})
        assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert seen == ["system", "light", "dark", "system"]
    assert client.cookies["theme"]["httponly"]


def test_the_browsers_own_bars_follow(client: Client) -> None:
    bars = r'<meta name="theme-color" content="(\S+)" media="([^"]+)"'
    page = client.get("/about/").content.decode()
    light, dark = theme.GROUND["light"], theme.GROUND["dark"]
    assert re.findall(bars, page) == [
        (light, "(prefers-color-scheme: light)"),
        (dark, "(prefers-color-scheme: dark)"),
    ]
    client.cookies["theme"] = "dark"
    answer = client.get("/about/")
    assert re.findall(bars, answer.content.decode()) == [(light, "not all"), (dark, "all")]
    assert "Cookie" in answer.headers["Vary"]
    grounds = re.findall(r"--ground: (\S+);", settings.STYLES["variables"].text)
    assert grounds == [light, dark, dark]


def test_a_theme_that_is_none_changes_nothing_and_the_switch_leads_nowhere_else() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en" dir="ltr">' in client.get("/about/").content.decode()
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
        answer = client.post("/theme/", {"theme": "pink", "next": elsewhere})
        assert (answer.headers["Location"], dict(answer.cookies)) == ("/", {})
    assert client.get("/theme/").status_code == 405
