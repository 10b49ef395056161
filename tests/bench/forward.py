"""Deliveries a second of one worker process, against one Celery task a delivery.

Method: one webhook on loopback, in a process of its own, which answers at once. Deliveries are written as the outbox
writes them; then one process works on all of them: ours with `dispatch.deliver_due`, the other one a Celery worker with
one process and its tasks already in the queue (forward_stock.py: kept connections, the same signature and log). The
rate is the number of requests by the time between the first and the last one, by the target's clock. Rounds take turns;
the figures are medians, the ratio is the median of the rounds' own.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tempsms import ROOT
from tests.bench.servers import database, manage
from tests.processes import started
from tests.rig import free_port
from tests.waiting import until, wait_for_port

ROUNDS = 3
COUNTS = {"ours": 3000, "stock": 600}
_SEED = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from inbox.forwarding import deliveries, targets
from inbox.forwarding.models import Rule, Target
from inbox.messages import code_cutting
from inbox.models import Code, Message
from tests.factories import make_account, make_lease, make_number
from numbers.models import Lease
lease = Lease.objects.first() or make_lease(make_number(), make_account())
target, _ = targets.ensure("webhook", {url!r})
rule, _ = Rule.objects.get_or_create(target=target, defaults=dict(number=lease.number))
Rule.objects.exclude(pk=rule.pk).delete()
expires_at = timezone.now() + timedelta(hours=1)
made = []
for n in range({count}):
    cut = code_cutting.cut(f"Your Acme code is {{n:06d}}")
    made.append((Message(number=lease.number, account=lease.account, sender="+14155550100", body=cut.body,
        cuts=list(cut.cuts), code_confidence=0.9, public=True, expires_at=expires_at), cut.sealed))
Message.objects.bulk_create([message for message, _ in made])
Code.objects.bulk_create(Code(message_id=m.pk, sealed=s, expires_at=expires_at) for m, s in made)
deliveries.wake_worker = lambda: None
with transaction.atomic():
    deliveries.write_deliveries([message.pk for message, _ in made])
"""
_QUEUE = """
from inbox.forwarding.models import Delivery
from tests.bench.forward_stock import deliver
for pk in Delivery.objects.filter(settled_at=None).order_by("pk").values_list("pk", flat=True):
    deliver.delay(pk)
"""
_WORK = "from inbox.forwarding import dispatch; dispatch.deliver_due(120)"


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    log, port = folder / "arrived", free_port()
    argv = [sys.executable, "-m", "tests.forward_targets", str(port), str(log)]
    with database(folder) as plain, started(argv, cwd=ROOT, stop_with=signal.SIGKILL) as process:
        env = {**plain, "FORWARD_HTTP": "on", "FORWARD_NETWORKS": "127.0.0.0/8"}
        wait_for_port(port, process)
        url = f"http://127.0.0.1:{port}/ok/"
        rounds = [{kind: _round(env, log, url, f"{kind}{n}") for kind in COUNTS} for n in range(ROUNDS + 1)][
            1:
        ]  # the first one warms up
    ours, stock = ([found[kind] for found in rounds] for kind in COUNTS)
    ratios = [one / other for one, other in zip(ours, stock, strict=True)]
    yield f"forward.deliveries_per_s: {median(ours):.0f} /s"
    yield f"forward.task_a_delivery: {median(stock):.0f} /s"
    yield f"forward.ratio_to_task_a_delivery: {median(ratios):.1f} times ({min(ratios):.1f}-{max(ratios):.1f})"


def _round(env: dict[str, str], log: Path, url: str, name: str) -> float:
    """Deliveries a second of one round."""
    kind = name.rstrip("0123456789")
    count = COUNTS[kind]
    manage(env, "shell", "-v0", "-c", _SEED.format(url=url + name, count=count))
    if kind == "ours":
        manage(env, "shell", "-v0", "-c", _WORK)
    else:
        manage(env, "shell", "-v0", "-c", _QUEUE)
        argv = [sys.executable, "-m", "celery", "-A", "tests.bench.forward_stock", "worker", "-c", "1"]
        silent: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with started([*argv, "--loglevel", "ERROR"], env=env, cwd=ROOT, **silent):
            until(lambda: len(_read_times(log, name)) >= count, 100)
    times = _read_times(log, name)
    if len(times) != count:
        raise RuntimeError(f"{name}: {len(times)} of {count} arrived")
    return (count - 1) / (times[-1] - times[0])


def _read_times(log: Path, name: str) -> list[float]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return sorted(line["at"] for line in lines if line["path"] == f"/ok/{name}")
