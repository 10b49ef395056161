"""Whether the machine's clock was set while this process ran: it was wrong before that, or it is now."""

import time

STEP = 30.0  # seconds; NTP corrects less than that by a slower or faster second, which the steady clock has as well
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux: it goes on while the machine sleeps


def _measure_lead() -> float:
    """How far the clock is ahead of the steady one."""
    return time.time() - time.clock_gettime(_STEADY)


_ahead_at_start = _measure_lead()


def was_set() -> bool:
    """Whether the clock differs from what it would be if nobody had set it."""
    return abs(_measure_lead() - _ahead_at_start) > STEP
