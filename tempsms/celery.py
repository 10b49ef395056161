"""The Celery app and the one beat table.

PostgreSQL is the record: every task claims due rows, so a lost, late or doubled task changes nothing.
"""

import os

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")

from tempsms import startup

startup.refuse_unsafe()

from celery import Celery
from celery.signals import worker_ready

app = Celery("tempsms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_scheduler = "tempsms.beat_scheduler:SteadyScheduler"
app.conf.beat_schedule = {
    "fill the pool": {"task": "numbers.tasks.fill_pool", "schedule": 15.0},
    "perform intents": {"task": "numbers.tasks.perform_intents", "schedule": 5.0},
    "retire numbers": {"task": "numbers.tasks.retire_due", "schedule": 15.0},
    "charge months": {"task": "numbers.tasks.charge_months", "schedule": 3600.0},
    "send canaries": {"task": "numbers.tasks.send_canaries", "schedule": 300.0},
    "audit accounts": {"task": "numbers.tasks.audit_accounts", "schedule": 900.0},
    "forget links": {"task": "numbers.tasks.forget_links", "schedule": 3600.0},
    "reconcile messages": {"task": "inbox.tasks.reconcile", "schedule": 120.0},
    "join parts": {"task": "inbox.tasks.join_parts", "schedule": 15.0},
    "relay the outbox": {"task": "inbox.tasks.relay", "schedule": 1.0},
    "deliver forwards": {"task": "inbox.forwarding.tasks.deliver", "schedule": 5.0},
    "tell of disabled targets": {"task": "inbox.forwarding.tasks.tell_of_disabled", "schedule": 60.0},
    "forget deliveries": {"task": "inbox.forwarding.tasks.forget", "schedule": 60.0},
    "hide twins": {"task": "inbox.tasks.hide_twins", "schedule": 5.0},
    "forget codes": {"task": "inbox.tasks.forget_codes", "schedule": 20.0},
    "forget claims": {"task": "inbox.claims.tasks.forget_claims", "schedule": 300.0},
    "call back": {"task": "inbox.sandbox.tasks.call_back", "schedule": 1.0},
    "forget captured messages": {"task": "inbox.sandbox.tasks.forget_captured", "schedule": 300.0},
    "send messages": {"task": "inbox.sending.tasks.send", "schedule": 1.0},
    "apply receipts": {"task": "inbox.sending.tasks.apply_receipts", "schedule": 30.0},
    "forget verifications": {"task": "inbox.verification.tasks.forget", "schedule": 3600.0},
    "forget sent messages": {"task": "inbox.sending.tasks.forget_sent", "schedule": 300.0},
    "keep partitions": {"task": "inbox.tasks.keep_partitions", "schedule": 600.0},
}
for entry in app.conf.beat_schedule.values():
    # a wake-up that nobody took is worth nothing after the next one
    entry["options"] = {"expires": entry["schedule"]}


@worker_ready.connect
def reconcile_soon(**_: object) -> None:
    """Fill the pool at once, and ask the carriers what came while nobody worked; beat does both a little later."""
    app.send_task("numbers.tasks.fill_pool", expires=15)
    app.send_task("inbox.tasks.reconcile", expires=120)
