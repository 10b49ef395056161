"""`python -m tests.bench [NAME ...]`: run all parts, or the named ones, and print `name: value unit` lines."""

import sys
import tempfile
from pathlib import Path

from tests.bench import (
    api,
    crowd,
    forward,
    ingest,
    live,
    page,
    pages,
    paint,
    processes,
    purge,
    sandbox,
    start,
    visible,
)

PARTS = {
    "api": api.run,
    "crowd": crowd.run,
    "forward": forward.run,
    "ingest": ingest.run,
    "live": live.run,
    "page": page.run,
    "pages": pages.run,
    "paint": paint.run,
    "processes": processes.run,
    "purge": purge.run,
    "sandbox": sandbox.run,
    "start": start.run,
    "visible": visible.run,
}


def main() -> None:
    """Each part has servers of its own."""
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory(prefix="tempsms-bench-", ignore_cleanup_errors=True) as folder:
            for line in PARTS[name](Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
