"""Every process starts here: manage.py, the ASGI application, Celery. What is unsafe is refused in one sentence.

The checks come before models and libraries are loaded: a process that must not start says so within a second.
"""

import sys
from functools import cache

from django.core.checks import ERROR, CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured


@cache
def refuse_unsafe() -> None:
    """Read the settings and check them, once a process; raises `SystemExit` with what is wrong and how to mend it."""
    try:
        from django.conf import settings

        _ = settings.VAR  # the first look reads them all
        from tempsms import checks

        found = checks.settings_are_safe(None)
    except ImproperlyConfigured as error:
        sys.exit(f"tempsms does not start: {error}")
    _report(found)


def check_static_files() -> None:
    """For what serves pages, once apps are loaded: without them every page fails.

    A deployment is refused; on one's own machine the rest may still be tried out.
    """
    from django.conf import settings

    from tempsms import checks

    for found in checks.static_files_are_collected(None):
        _report([found if not settings.DEPLOYED else Error(found.msg, hint=found.hint, id=found.id)])


def sentence(found: CheckMessage) -> str:
    """A finding and its fix in one line."""
    return f"{found.msg}. {found.hint} ({found.id})"


def _report(found: list[CheckMessage]) -> None:
    """Warnings are printed, errors end the process."""
    for finding in found:
        if finding.level < ERROR:
            print(f"tempsms warns: {sentence(finding)}", file=sys.stderr)  # noqa: T201
    if errors := [sentence(finding) for finding in found if finding.level >= ERROR]:
        sys.exit("\n".join(f"tempsms does not start: {error}" for error in errors))
