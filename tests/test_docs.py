"""The docs say what is there: every setting, command, check, metric and address, and no link that leads nowhere."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from prometheus_client import REGISTRY

from tempsms import ROOT
from tempsms.asgi import IN_FRONT
from tests.test_layout import sources

DOCS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
REFERENCE = ROOT / "docs" / "reference"


def named(page: str) -> set[str]:
    """What the first column of a page's tables names in backticks."""
    rows = re.findall(r"^\|([^|\n]*)\|", (REFERENCE / page).read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def written(pattern: str) -> set[str]:
    """What our sources have of a pattern's group."""
    return {name for path in sources() for name in re.findall(pattern, path.read_text())}


def test_every_setting_is_in_the_reference() -> None:
    read = written(r"env\.\w+\(\s*\"([A-Z_]+)\"") | written(r"_given\(\s*\"([A-Z_]+)\"")
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


def test_every_metric_is_in_the_reference() -> None:
    from tempsms.lib import metrics  # noqa: F401  (registers them)

    ours = [metric for metric in REGISTRY.collect() if metric.name.startswith("tempsms_")]
    assert {f"{one.name}_total" if one.type == "counter" else one.name for one in ours} == named("metrics.md")


def test_every_address_in_front_of_django_is_in_the_reference() -> None:
    first = {address.split("/")[1] for address in named("endpoints.md") if address.startswith("/")}
    assert set(IN_FRONT) | {"ws", "r", "admin", "numbers", "countries", "status"} <= first


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
