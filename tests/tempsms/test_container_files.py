"""The files that put the sandbox into a container are valid, and keep what the docs promise."""

import subprocess
import sys
from typing import Any

import dockerfile
import pytest
import yaml

from tempsms import ROOT
from tests.test_docs import named

DEPLOY = ROOT / "deploy"
BUILT_FROM = {"pyproject.toml", "requirements.txt", "README.md", "LICENSE"}
BUILT_FROM |= {"tempsms", "inbox", "numbers", "static", "templates"}


@pytest.fixture(scope="module")
def image() -> list[dockerfile.Command]:
    """The commands of the Dockerfile, of the last stage."""
    commands = list(dockerfile.parse_file(str(DEPLOY / "Dockerfile")))
    last = max(place for place, one in enumerate(commands) if one.cmd.upper() == "FROM")
    return commands[last:]


def values(image: list[dockerfile.Command], name: str) -> list[tuple[str, ...]]:
    """What commands of a name have."""
    return [one.value for one in image if one.cmd.upper() == name]


def read(name: str) -> Any:
    """A file of YAML."""
    return yaml.safe_load((DEPLOY / name).read_text())


@pytest.mark.parametrize(
    ("schema", "name"),
    [("vendor.compose-spec", "compose.yaml"), ("vendor.github-workflows", "github-actions.yaml")],
)
def test_files_are_valid(schema: str, name: str) -> None:
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(DEPLOY / name)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_image_runs_as_an_ordinary_user_and_says_when_it_is_ready(
    image: list[dockerfile.Command],
) -> None:
    (user,) = values(image, "USER")
    assert int(user[0]) > 0
    assert values(image, "EXPOSE") == [("8025",)]
    assert len(values(image, "HEALTHCHECK")) == 1
    (words,) = values(image, "ENV")
    settings = dict(zip(words[::2], words[1::2], strict=True))
    assert (settings["VAR"],) in values(image, "VOLUME")
    assert "SANDBOX_NETWORKS" not in settings, "an image opens nothing by itself"


def test_the_image_is_made_of_what_the_wheel_is() -> None:
    commands = dockerfile.parse_file(str(DEPLOY / "Dockerfile"))
    copied = [one for one in commands if one.cmd.upper() == "COPY" and not one.flags]
    assert {word for one in copied for word in one.value[:-1]} == BUILT_FROM
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == BUILT_FROM
    assert all((ROOT / name).exists() for name in BUILT_FROM)


def test_the_compose_file_opens_the_sandbox_to_its_own_network_alone() -> None:
    compose = read("compose.yaml")
    service = compose["services"]["tempsms"]
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert service["environment"] == {"SANDBOX_NETWORKS": network["subnet"]}
    assert service["ports"] == ["127.0.0.1:8025:8025"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_settings_of_all_files_are_known() -> None:
    given = set(read("compose.yaml")["services"]["tempsms"]["environment"])
    given |= set(read("github-actions.yaml")["jobs"]["test"]["services"]["tempsms"]["env"])
    assert given <= named("settings.md")
