"""Counters of this process, served at /metrics in the Prometheus text format."""

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

WEBHOOKS = Counter("tempsms_webhooks", "Webhook requests by carrier and outcome", ["carrier", "outcome"])
INGEST_SECONDS = Histogram(
    "tempsms_ingest_seconds",
    "From a complete webhook to its commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED = Counter("tempsms_refused", "Requests over a visitor's budget, by budget", ["budget"])
SOCKETS = Gauge("tempsms_sockets", "Open live sockets")
FRAMES = Counter("tempsms_frames", "Frames sent to live sockets")
PAGE_THREADS_BUSY = Gauge("tempsms_page_threads_busy", "Threads that make a page now, by lane", ["lane"])
PUBLISH_FAILURES = Counter("tempsms_publish_failures", "Batches whose live push failed (stored nevertheless)")


@lru_cache(maxsize=1024)
def webhooks(carrier: str, outcome: str) -> Counter:
    """The counter of one carrier's requests with this outcome."""
    return WEBHOOKS.labels(carrier, outcome)
