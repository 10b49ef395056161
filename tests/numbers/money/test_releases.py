"""A release that is refused is shown and tried again the next day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from numbers import audit, intents, pool
from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import Owned
from numbers.models import Account, Intent
from tests.factories import make_lease
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db


def test_a_refused_release_is_shown_and_tried_again_the_next_day(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account, monthly_cost=Decimal("1.5"))
    shop.owns["+15005550006"] = Owned("PN1", "+15005550006", account.webhook_url, Decimal("1.5"))
    pool.quarantine(lease)
    pool.release(lease)
    shop.fails = Rejected("not yet")
    intents.perform_due()
    shop.fails = None
    (finding,) = audit.audit(account)
    assert (finding.what, finding.detail, finding.monthly_cost) == ("stuck", "not yet", Decimal("1.5"))
    assert pool.retire_due() == 0
    assert pool.retire_due(timezone.now() + timedelta(days=8)) == 1
    intents.perform_due()
    lease.refresh_from_db()
    assert lease.state == "released"
    assert audit.audit(account) == []


def test_a_release_waits_while_the_login_is_refused(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account)
    pool.quarantine(lease)
    pool.release(lease)
    shop.fails = Rejected("401", fault="account")
    intents.perform_due()
    assert Intent.objects.get().state == "waiting"
