"""A throw-away PostgreSQL and Valkey for tests: the embedded ones, on a folder of their own."""

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import tempsms  # noqa: F401  (first: it settles the name `numbers`)
from tempsms.embedded import services
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor


class Servers:
    """Both servers, running while the `with` block lasts."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self._supervisor = Supervisor(var)

    def __enter__(self) -> "Servers":
        with ExitStack() as on_failure:
            on_failure.callback(self._supervisor.stop)
            for program in services.programs(self.var):
                self._supervisor.start(Child(program.name, program.argv, program.ready))
            services.create_database(self.var)
            on_failure.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._supervisor.stop()

    def configure(self) -> None:
        """Point the settings at these servers."""
        for name in (
            "DATABASE_URL",
            "REDIS_URL",
            "PUBLIC_URL",
            "SECRET_KEY",
            "ENCRYPTION_KEYS",
            "ALLOWED_HOSTS",
        ):
            os.environ.pop(name, None)
        os.environ.update(VAR=str(self.var), DJANGO_SETTINGS_MODULE="tempsms.settings")
