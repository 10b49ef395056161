"""Runs once more, one after another, what failed in the last run, if that is little: `python -m tests.again`.

Two busy cores make the whole instances here and a browser stand still for half a minute now and then. What passes the
second time is named as unstable, so that it is seen and mended; what fails twice, or is more than a few, fails.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

MOST = 3
ROOT = Path(__file__).resolve().parent.parent
LAST_FAILED = ROOT / ".pytest_cache/v/cache/lastfailed"


def find_failed() -> list[str]:
    """The tests that failed, without the groups that xdist appends."""
    if not LAST_FAILED.exists():
        return []
    return sorted(re.sub(r"@[\w-]+$", "", test) for test in json.loads(LAST_FAILED.read_text()))


def main() -> int:
    """Run them; return the exit code."""
    failed = find_failed()
    if not 0 < len(failed) <= MOST or any("::" not in test for test in failed):
        return 1
    result = subprocess.run([sys.executable, "-m", "pytest", *failed], cwd=ROOT, check=False)
    if result.returncode == 0:
        print("UNSTABLE, failed once and passed once: ", *failed, sep="\n  ")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
