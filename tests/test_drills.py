"""Short forms of the long drills."""

import pytest

from tests.drills import money


@pytest.mark.xdist_group("instance")
def test_money_stays_exact_whatever_is_killed() -> None:
    outcome = money.run(intents=24)
    money.check(outcome, count=12)
    assert outcome.kills["worker"]
