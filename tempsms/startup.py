"""Refuses unsafe settings when a process starts: manage.py, the ASGI application, Celery.

The checks run before models and libraries are loaded, so that a process that must not start exits within a second.
"""

import sys
from functools import cache

from django.core.checks import ERROR, CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured


@cache
def refuse_unsafe() -> None:
    """Read and check the settings, once per process; raises `SystemExit` with what is wrong and how to fix it."""
    try:
        from django.conf import settings

        _ = settings.VAR  # the first access reads them all
        from tempsms import checks

        found = checks.settings_are_safe(None)
    except ImproperlyConfigured as error:
        sys.exit(f"tempsms does not start: {error}")
    _report_problems(found)


def check_static_files() -> None:
    """Check the static files, once apps are loaded, in a process that serves pages: without them every page fails.

    A deployment is refused; on one's own machine this is only a warning.
    """
    from django.conf import settings

    from tempsms import checks

    for found in checks.static_files_are_collected(None):
        _report_problems([found if not settings.DEPLOYED else Error(found.msg, hint=found.hint, id=found.id)])


def sentence(found: CheckMessage) -> str:
    """The problem and its fix in one line."""
    return f"{found.msg}. {found.hint} ({found.id})"


def _report_problems(found: list[CheckMessage]) -> None:
    """Print warnings; exit if there are errors."""
    for finding in found:
        if finding.level < ERROR:
            print(f"tempsms warning: {sentence(finding)}", file=sys.stderr)  # noqa: T201
    if errors := [sentence(finding) for finding in found if finding.level >= ERROR]:
        sys.exit("\n".join(f"tempsms does not start: {error}" for error in errors))
