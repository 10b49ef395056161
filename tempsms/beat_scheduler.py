"""Celery's beat, made to go on when the machine's clock is set back."""

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

LONG_AGO = timedelta(days=1)  # longer than any period


class SteadyScheduler(PersistentScheduler):
    """Celery's own waits until the clock comes to where it was: two hours without a task, when it was set back by two.

    What has run in the future is due now. Beat looks at least as often as its shortest period.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        """Wake what is due; the seconds until the next look."""
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now - LONG_AGO
        if ahead:
            self._heap = None  # sorted by the clock as it was
        seconds: float = super().tick(*args, **options)
        return seconds
