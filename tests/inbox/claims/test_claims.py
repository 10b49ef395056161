"""The life of a claim: made, dropped, forgotten; bounded by owner."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inbox.claims import claims, tasks
from inbox.claims.models import Claim
from numbers.models import Lease
from tests.factories import make_lease
from tests.inbox.claims.claiming import claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease()


def test_claims_are_made_in_the_order_of_messages(lease: Lease) -> None:
    first, second = claim(lease), claim(lease)
    assert first.after_id < second.after_id
    assert first.examined_id == first.after_id
    assert first.expires_at - first.created_at == claims.USUAL


def test_an_owner_has_only_so_many_open_claims(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST_OPEN", 2)
    first, _ = claim(lease), claim(lease)
    with pytest.raises(claims.TooManyClaims):
        claim(lease)
    claim(lease, owner="key:2")
    claims.drop(first)
    claim(lease)


def test_those_that_have_just_expired_count_too(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST_KEPT", 2)
    for _ in range(2):
        change(claim(lease), expires_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(claims.TooManyClaims):
        claim(lease)
    change(Claim.objects.earliest("pk"), message_id=1, matched_at=timezone.now())
    claim(lease)


def test_claims_are_forgotten_when_nobody_can_ask_for_them(lease: Lease) -> None:
    now = timezone.now()
    kept = [claim(lease), claim(lease), claim(lease)]
    gone = [claim(lease), claim(lease)]
    change(kept[1], expires_at=now - timedelta(minutes=5))
    change(kept[2], expires_at=now - timedelta(hours=2), message_id=1, matched_at=now - timedelta(hours=2))
    change(gone[0], expires_at=now - timedelta(minutes=11))
    change(gone[1], expires_at=now - timedelta(hours=3), message_id=2, matched_at=now - timedelta(hours=3))
    assert tasks.forget_claims() == len(gone)
    assert set(Claim.objects.values_list("pk", flat=True)) == {made.pk for made in kept}


def test_operators_see_who_waits_but_no_private_number(admin_client: Client, lease: Lease) -> None:
    made = claim(lease, sender="+14155550100", match="my secret word")
    listed = admin_client.get("/admin/claims/claim/").content.decode()
    assert "+1 4••-•••-0100" in listed
    assert "my secret word" not in listed
    assert "key:1" in listed
    assert "my secret word" in admin_client.get(f"/admin/claims/claim/{made.pk}/change/").content.decode()


def change(made: Claim, **values: object) -> None:
    """Change a claim behind its back."""
    Claim.objects.filter(pk=made.pk).update(**values)
