"""Counters of this process, or of several that share them, served at /metrics in the Prometheus text format."""

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from tempsms.lib import metric_files

if slots := metric_files.slots():
    # before any metric is made: each takes what is here then
    values.MmapedDict = metric_files.RoomyDict  # type: ignore[attr-defined]
    values.ValueClass = values.MultiProcessValue(slots.own)  # type: ignore[no-untyped-call]

WEBHOOKS = Counter("tempsms_webhooks", "Webhook requests by carrier and outcome", ["carrier", "outcome"])
INGEST_SECONDS = Histogram(
    "tempsms_ingest_seconds",
    "From a complete webhook to its commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED = Counter("tempsms_refused", "Requests over a visitor's budget, by budget", ["budget"])
SOCKETS = Gauge("tempsms_sockets", "Open live sockets", multiprocess_mode="livesum")
FRAMES = Counter("tempsms_frames", "Frames sent to live sockets")
PAGE_THREADS_BUSY = Gauge(
    "tempsms_page_threads_busy",
    "Threads that make a page now, by lane",
    ["lane"],
    multiprocess_mode="livesum",
)
DELIVERIES_WAITING = Gauge(
    "tempsms_deliveries_waiting",
    "Deliveries of forwards that wait for their next try",
    multiprocess_mode="livemostrecent",
)
TARGETS_DISABLED = Gauge(
    "tempsms_targets_disabled",
    "Targets of forwards to which nothing is sent",
    multiprocess_mode="livemostrecent",
)
OLDEST_DELIVERY = Gauge(
    "tempsms_oldest_delivery_seconds",
    "For how long the oldest due delivery waits for a worker",
    multiprocess_mode="livemostrecent",
)
PUBLISH_FAILURES = Counter("tempsms_publish_failures", "Batches whose live push failed (stored nevertheless)")
UNKNOWN_EVENTS = Counter(
    "tempsms_unknown_events", "Events of webhooks whose kind the adapter does not know", ["carrier"]
)


@lru_cache(maxsize=1024)
def webhooks(carrier: str, outcome: str) -> Counter:
    """The counter of one carrier's requests with this outcome."""
    return WEBHOOKS.labels(carrier, outcome)


def exposition() -> bytes:
    """All metrics as text: of all processes that share theirs, otherwise of this one."""
    if slots is None:
        return generate_latest()
    slots.forget_dead()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
