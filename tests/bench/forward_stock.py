"""Forwarding as it is usually done, to compare with: a Celery task a delivery, one request after the other.

It signs as ours does, reads the same rows, and keeps its connections to the target and to PostgreSQL.
"""

from datetime import UTC, datetime

from tempsms.celery import app

# isort: split
import httpx
from celery.signals import worker_process_init
from django.db.models.functions import Now
from standardwebhooks import Webhook

_client: list[httpx.Client] = []


@worker_process_init.connect
def open_client(**_: object) -> None:
    """One client for all tasks of the process."""
    _client.append(httpx.Client(timeout=10))


@app.task(name="tests.bench.forward_stock.deliver")
def deliver(delivery_id: int) -> None:
    """Make one delivery."""
    from inbox.forwarding.content import read
    from inbox.forwarding.models import Delivery

    delivery = Delivery.objects.select_related("target").get(pk=delivery_id)
    now = datetime.now(UTC)
    body = read([delivery_id])[delivery_id].payload(delivery, now)
    sealed = delivery.target.sealed
    signature = Webhook(sealed["secrets"][0]["secret"]).sign(delivery.public_id, now, body.decode())
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery.public_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    answer = _client[0].post(sealed["address"], content=body, headers=headers)
    entry = {
        "attempt": 1,
        "at": now.isoformat(),
        "status": answer.status_code,
        "ms": 0,
        "note": answer.text[:200],
    }
    Delivery.objects.filter(pk=delivery_id).update(
        outcome="delivered", status=answer.status_code, tries=1, settled_at=Now(), log=[entry]
    )
