"""`python -m tests.migrations`: no missing migration, and Django's own checks, against a throw-away database."""

import tempfile
from pathlib import Path

from tests.servers import Servers


def main() -> None:
    """Run the commands on servers of their own."""
    with tempfile.TemporaryDirectory(prefix="tempsms-") as folder, Servers(Path(folder)) as servers:
        servers.configure()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("makemigrations", check=True, dry_run=True)
        call_command("migrate", verbosity=0)
        call_command("check", fail_level="WARNING")
        call_command("check", deploy=True, fail_level="ERROR")


if __name__ == "__main__":
    main()
