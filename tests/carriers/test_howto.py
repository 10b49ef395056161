"""The example in docs/how-to/add-a-carrier.md is an adapter that works."""

import re
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType

import pytest

from numbers import carriers
from numbers.carriers.contract import Feature
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Outgoing, Sent
from tempsms import ROOT
from tests.carriers import samples
from tests.carriers.exchanges import talk
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT

PAGE = (ROOT / "docs/how-to/add-a-carrier.md").read_text()
BLOCK = re.compile(r"((?: {7}# (?P<path>[\w/]+)\.py\n)(?: {7}.*\n|\n)+)")


@pytest.fixture
def acme() -> Iterator[None]:
    """The page's files as modules, and its carrier registered."""
    paths = {found["path"]: textwrap.dedent(found[1]) for found in BLOCK.finditer(PAGE)}
    names = {path.replace("/", ".").removesuffix(".__init__"): text for path, text in paths.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, text in names.items():
            module = ModuleType(name)
            patch.setitem(sys.modules, name, module)
            exec(text, module.__dict__)
        with carriers.register(sys.modules["numbers.carriers.acme"].Api):
            yield


def test_the_example_verifies_reads_and_sends(acme: None) -> None:
    carrier, sample = carriers.get("acme"), samples.get("acme", "a-secret")
    carrier.verify(sample.request, sample.secrets(), datetime.fromtimestamp(NOW, UTC))
    with pytest.raises(BadSignature):
        carrier.verify(sample.request, sample.secrets("another"), NOW)
    assert carrier.parse(sample.request) == [Inbound("m1", SENDER, RECIPIENT, TEXT)]
    assert {Feature.SIGNED, Feature.RECEIPTS, Feature.SEND, Feature.LOGIN} == carriers.features("acme")
    said = talk({"api_key": "k"}, ("POST https://api.acme.example/v1/messages", {"id": "m2"}))
    assert said.api("acme").send(Outgoing(RECIPIENT, SENDER, "Hi")) == Sent("m2")
