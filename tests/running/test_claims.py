"""Many tests at once on few shared numbers, while the web process is killed: each gets its own codes, and no others."""

import json

import pytest

from tests.drills import codes
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("instance")


def test_every_test_gets_its_own_code_whatever_is_killed(instance: Instance) -> None:
    outcome = codes.run(instance, tests=64, numbers=8, rounds=2, kills=3)
    codes.check(outcome, tests=64, rounds=2)
    assert outcome.kills == 3
    print(json.dumps(outcome.figures()))
