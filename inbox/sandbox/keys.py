"""Makes and finds the keys that programs log in with instead of a carrier's account.

A secret is 32 random characters: a plain SHA-256 of so much randomness is as safe as a slow hash.
"""

import hashlib
import hmac
import secrets

from inbox.sandbox import projects
from inbox.sandbox.models import AccessKey, Project

MOST = 100
"""Keys of a project at one carrier."""
LONGEST_NAME = 64
PREFIXES = {"twilio": "SK"}


class TooManyKeys(Exception):
    """The project has as many keys as it may have."""


def make(project: Project, carrier: str, name: str = "") -> tuple[AccessKey, str]:
    """Make a key; return it and its secret, which cannot be read again. Raises `TooManyKeys`."""
    if project.keys.filter(carrier=carrier).count() >= MOST:
        raise TooManyKeys
    secret = secrets.token_urlsafe(24)
    key = AccessKey(
        project=project,
        carrier=carrier,
        ref=PREFIXES[carrier] + secrets.token_hex(16),
        hash=_hash_secret(secret),
        name=name,
    )
    key.save()
    key.refresh_from_db()
    return key, secret


def find(carrier: str, ref: str, secret: str) -> Project | None:
    """The project of the key with this secret."""
    key = AccessKey.objects.select_related("project").filter(carrier=carrier, ref=ref).first()
    right = key is not None and hmac.compare_digest(key.hash, _hash_secret(secret))
    return key.project if key and right else None


def login_of(project: Project, carrier: str) -> str:
    """The project's own login at a carrier, such as its account."""
    return projects.complete(project).credentials.get(carrier=carrier).login


def _hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
