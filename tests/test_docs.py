"""The docs say what is there: every setting, command, check, metric and address, and no link that leads nowhere."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from prometheus_client import REGISTRY

from inbox.api.mount import make_api
from inbox.api.problems import MEANINGS, Code
from inbox.api.scopes import MEANINGS as SCOPES
from inbox.live import sse
from inbox.pages import media, pasted_numbers, rental
from tempsms import ROOT, urls
from tempsms.asgi import IN_FRONT, SOCKETS
from tests.test_layout import sources

DOCS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
DOCS += sorted((ROOT / "clients").glob("*/README.md"))
REFERENCE = ROOT / "docs" / "reference"


def named(page: str) -> set[str]:
    """What the first column of a page's tables names in backticks."""
    rows = re.findall(r"^\|([^|\n]*)\|", (REFERENCE / page).read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def written(pattern: str) -> set[str]:
    """What our sources have of a pattern's group."""
    return {name for path in sources() for name in re.findall(pattern, path.read_text())}


def test_every_setting_is_in_the_reference() -> None:
    read = written(r"env\.\w+\(\s*\"([A-Z_]+)\"") | written(r"_read_setting\(\s*\"([A-Z_]+)\"")
    assert read
    assert named("settings.md") == read


def test_every_command_is_in_the_reference() -> None:
    ours = {
        name for name, app in get_commands().items() if app.split(".")[0] in {"tempsms", "numbers", "inbox"}
    }
    assert {name.split()[0] for name in named("commands.md")} - {"make"} == ours


def test_every_make_target_is_in_the_reference() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    assert {
        name.removeprefix("make ") for name in named("commands.md") if name.startswith("make ")
    } == targets


def test_every_check_is_in_the_reference() -> None:
    assert named("checks.md") == written(r"\"(tempsms\.[EW]\d{3})\"")


def test_every_error_of_the_api_is_in_the_reference() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (.*?) \| (.*) \|$", (REFERENCE / "errors.md").read_text(), re.MULTILINE
    )
    assert rows == [(code, str(one.status), one.title, one.advice) for code, one in MEANINGS.items()]
    assert list(MEANINGS) == list(Code)


def test_a_scope_that_no_operation_needs_is_called_reserved() -> None:
    document = make_api().get_openapi_schema()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    needed = {
        scope for one in operations for way in one["security"] for scopes in way.values() for scope in scopes
    }
    assert {scope.value for scope, meaning in SCOPES.items() if "reserved" not in meaning} == needed
    page = (ROOT / "docs" / "how-to" / "use-the-api.md").read_text()
    rows = re.findall(r"^\| `([a-z:]+)` \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(scope, meaning) for scope, meaning in SCOPES.items() if scope in needed]
    (reserved,) = re.findall(
        r"^(.*) (?:is|are) reserved: no operation needs (?:it|them) yet", page, re.MULTILINE
    )
    assert set(re.findall(r"`([a-z:]+)`", reserved)) == set(SCOPES) - needed


def test_every_metric_is_in_the_reference() -> None:
    from tempsms.lib import metrics  # noqa: F401  (registers them)

    ours = [metric for metric in REGISTRY.collect() if metric.name.startswith("tempsms_")]
    assert {f"{one.name}_total" if one.type == "counter" else one.name for one in ours} == named("metrics.md")


ROOMS = {*IN_FRONT, "admin"} - {"sse"}  # these know their own addresses below the first part
NOWHERE = {rental.nowhere, pasted_numbers.number}  # answers to addresses that are no page's


def without_names(address: str) -> str:
    """An address with every variable part as `<>`, without its query."""
    return re.sub(r"<[^>]*>", "<>", address.partition("?")[0])


def as_written(pattern: str) -> str:
    """An expression's address in the same way, without its last slash."""
    with_parts = re.sub(r"\([^()]*\)", "<>", pattern.replace(r"\+?", "").replace(r"\Z", ""))
    return "/" + re.sub(r"\\(.)", r"\1", with_parts.strip("^$")).strip("/")


def of_rooms(addresses: Iterable[str]) -> set[str]:
    """The addresses, those below a room as the room."""
    firsts = {address: address.split("/")[1] for address in addresses}
    return {f"/{first}" if first in ROOMS else address for address, first in firsts.items()}


def test_the_reference_has_every_address_and_no_other() -> None:
    pages = [route for route in urls.urlpatterns if getattr(route, "callback", None) not in NOWHERE]
    served = [route.pattern.regex.pattern for route in [*pages, *SOCKETS]]
    served += [path.pattern for path, _ in sse._PATHS] + [media._PATH.pattern]
    written = [without_names(one).rstrip("/") or "/" for one in named("endpoints.md") if one.startswith("/")]
    assert of_rooms(written) == of_rooms(map(as_written, served)) | {f"/{room}" for room in ROOMS}


def commands() -> list[str]:
    """Every command line that the docs' blocks of code show."""
    lines = [line for page in DOCS for line in page.read_text().splitlines() if line.startswith("    ")]
    return [line.partition("manage.py ")[2] for line in lines if "bin/python manage.py " in line]


@pytest.mark.parametrize("line", commands())
def test_every_command_line_is_understood(line: str) -> None:
    name, *arguments = shlex.split(line, comments=True)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_the_docs_show_the_lines_that_a_start_prints() -> None:
    welcome = (
        (ROOT / "tempsms" / "preparing.py").read_text().partition("def welcome(")[2].partition("\ndef ")[0]
    )
    lines = re.findall(r'f?"(?:\\n)?([A-Za-z -]{10,}(?=[{.]))', welcome)
    assert len(lines) == 6
    for page in ("README.md", "docs/quickstart.md"):
        text = (ROOT / page).read_text()
        assert [line for line in lines if f"\n    {line}" not in text] == [], page


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    paths = re.findall(r"`((?:tempsms|inbox|numbers|tests|deploy|static|templates)/[\w./]*)`", text)
    assert [path for path in paths if "acme" not in path and not (ROOT / path).exists()] == []


def test_every_page_can_be_found_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = [str(page.relative_to(ROOT)) for page in DOCS if page.is_relative_to(ROOT / "docs")]
    assert [page for page in pages if f"({page})" not in readme] == []
