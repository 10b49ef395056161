"""Verify's profiles: https://developers.telnyx.com/api-reference/verify. Only codes by SMS are captured."""

import uuid
from typing import Any

from django.db.models.functions import Now

from inbox.capture.replies import Fault
from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx.errors import refuse_fault, refuse_missing, refuse_value
from inbox.capture.telnyx.fields import Fields
from inbox.capture.telnyx.paging import read_page
from inbox.sandbox.models import Project, VerifyService
from inbox.sandbox.played.telnyx import write_time

MOST = 1000
SECONDS, SHORTEST, LONGEST = 300, 20, 3600
"""How long a code is good for: usually, at least and at most."""
CODE_LENGTH, FEWEST, MOST_DIGITS = 5, 4, 10
LONGEST_NAME = 64
_LIFE = "default_verification_timeout_secs"


def create(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Make a profile; raises `TelnyxError`."""
    fields = Fields(request.json)
    if not fields.text("name"):
        raise refuse_missing("name")
    if project.verify_services.filter(carrier="telnyx").count() >= MOST:
        raise refuse_value("/", f"The project has {MOST} verify profiles, which is the most.")
    profile = VerifyService(project=project, carrier="telnyx", ref=str(uuid.uuid4()), code_length=CODE_LENGTH)
    return describe(_save(profile, fields))


def fetch(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A profile; raises `TelnyxError` where there is none."""
    return describe(find_profile(project, request.parts["ref"], request.path))


def update(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Change a profile; raises `TelnyxError`."""
    profile = find_profile(project, request.parts["ref"], request.path)
    return describe(_save(profile, Fields(request.json)))


def delete(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Delete a profile, and return what it was; raises `TelnyxError`."""
    profile = find_profile(project, request.parts["ref"], request.path)
    found = describe(profile)
    profile.delete()
    return found


def list_profiles(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of profiles; raises `TelnyxError`."""
    return read_page(request, project.verify_services.filter(carrier="telnyx").order_by("pk"), describe)


def find_profile(project: Project, ref: str, path: str) -> VerifyService:
    """The profile with an id; raises `TelnyxError`."""
    found = project.verify_services.filter(carrier="telnyx", ref=ref[:64]).first()
    if found is None:
        raise refuse_fault(Fault.NOT_FOUND, path)
    return found


def describe(profile: VerifyService) -> dict[str, Any]:
    """A profile as Telnyx describes it."""
    settings = profile.settings
    return {
        "created_at": write_time(profile.created_at),
        "id": profile.ref,
        "language": "en-US",
        "name": profile.name,
        "record_type": "verification_profile",
        "sms": {**settings["sms"], "code_length": profile.code_length},
        "updated_at": write_time(profile.updated_at),
        "webhook_failover_url": settings["webhook_failover_url"],
        "webhook_url": settings["webhook_url"],
    }


def _save(profile: VerifyService, fields: Fields) -> VerifyService:
    """Take over what a request says; raises `TelnyxError`."""
    sms, known = fields.values.get("sms") or {}, profile.settings or {}
    if not isinstance(sms, dict):
        raise refuse_value("/sms", "The parameter 'sms' must be an object.")
    inner, before = Fields(sms), known.get("sms", {})
    names = {
        "name": fields.text("name"),
        **{name: inner.text(name) for name in ("app_name", "alpha_sender")},
    }
    for name, text in names.items():
        if len(text) > LONGEST_NAME:
            raise refuse_value(f"/{name}", f"The parameter {name!r} is too long.")
    # What a request leaves out stays as it is
    profile.name = names["name"] or profile.name
    profile.code_length = inner.number("code_length", profile.code_length, FEWEST, MOST_DIGITS)
    profile.settings = {
        "sms": {
            "app_name": names["app_name"] or before.get("app_name"),
            "alpha_sender": names["alpha_sender"] or before.get("alpha_sender"),
            _LIFE: inner.number(_LIFE, before.get(_LIFE, SECONDS), SHORTEST, LONGEST),
        },
        **{name: fields.url(name) or known.get(name) for name in ("webhook_url", "webhook_failover_url")},
    }
    profile.save()
    VerifyService.objects.filter(pk=profile.pk).update(updated_at=Now())
    profile.refresh_from_db()
    return profile
