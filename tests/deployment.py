"""A deployment's environment for tests, the settings that follow from it, and the processes that it would run."""

import os
import runpy
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from tempsms import ROOT

SAFE = {
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "x" * 50,
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "PUBLIC_URL": "https://sms.example.org",
    "ALLOWED_HOSTS": "sms.example.org",
    "TRUSTED_PROXIES": "1",
}
MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "-A", "tempsms.celery"]
PROCESSES = {
    "serve": [*MANAGE, "serve", "--port", "1"],
    "uvicorn": [sys.executable, "-m", "uvicorn", "tempsms.asgi:application", "--port", "1"],
    "daphne": [sys.executable, "-m", "daphne", "-p", "1", "tempsms.asgi:application"],
    "worker": [*CELERY, "worker", "-c", "1"],
    "beat": [*CELERY, "beat", "-s", os.devnull, "--pidfile="],
    "up": [*MANAGE, "up", "--port", "1"],
    "migrate": [*MANAGE, "migrate"],
}


def given(**changes: str | None) -> dict[str, str]:
    """The safe environment with changes; None takes a variable out."""
    return {name: value for name, value in {**SAFE, **changes}.items() if value is not None}


def read(environment: Mapping[str, str]) -> Any:
    """The settings of a process with this environment; raises as reading them does."""
    with patch.dict(os.environ, environment, clear=True):
        return SimpleNamespace(**runpy.run_path(str(ROOT / "tempsms" / "settings.py")))
