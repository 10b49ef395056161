"""Messaging profiles: https://developers.telnyx.com/api-reference/profiles."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.db.models.functions import Now

from inbox.capture.replies import Fault
from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx.errors import refuse_fault, refuse_missing, refuse_value
from inbox.capture.telnyx.fields import Fields
from inbox.capture.telnyx.paging import read_page
from inbox.sandbox.models import MessagingService, Project
from inbox.sandbox.played.telnyx import ORGANIZATION, write_time

MOST = 1000
LONGEST, LONGEST_NAME = 8000, 64
"""Bytes of a profile, and characters of its name."""
_VERSIONS = ("1", "2", "2010-04-01")
_USUAL: Mapping[str, str | bool | None] = {
    "alpha_sender": None,
    "daily_spend_limit": None,
    "daily_spend_limit_enabled": False,
    "enabled": True,
    "mms_fall_back_to_sms": False,
    "mms_transcoding": False,
    "mobile_only": False,
    "smart_encoding": False,
    "webhook_api_version": "2",
    "webhook_failover_url": None,
    "webhook_url": None,
}


def create(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Make a profile; raises `TelnyxError`."""
    fields = Fields(request.json)
    if not fields.text("name"):
        raise refuse_missing("name")
    if fields.values.get("whitelisted_destinations") is None:
        raise refuse_missing("whitelisted_destinations")
    settings = {**_USUAL, **_read_settings(fields)}
    if _profiles_of(project).count() >= MOST:
        raise refuse_value("/", f"The project has {MOST} messaging profiles, which is the most.")
    profile = MessagingService(project=project, carrier="telnyx", ref=str(uuid.uuid4()))
    return describe(_save_profile(profile, _read_name(fields), settings))


def fetch(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A profile; raises `TelnyxError` where there is none."""
    return describe(_find_profile(request, project))


def update(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Change a profile; raises `TelnyxError`."""
    profile, fields = _find_profile(request, project), Fields(request.json)
    settings = {**profile.settings, **_read_settings(fields)}
    return describe(_save_profile(profile, _read_name(fields) or profile.name, settings))


def delete(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """Delete a profile, and return what it was; raises `TelnyxError`."""
    profile = _find_profile(request, project)
    found = describe(profile)
    profile.delete()
    return found


def list_profiles(request: CarrierRequest, project: Project) -> dict[str, Any]:
    """A page of profiles; raises `TelnyxError`."""
    found = _profiles_of(project).order_by("pk")
    filters = {
        "filter[name]": "name",
        "filter[name][eq]": "name",
        "filter[name][contains]": "name__icontains",
    }
    for name, field in filters.items():
        if text := request.query.get(name, [""])[0].replace("\0", ""):
            found = found.filter(**{field: text})
    return read_page(request, found, describe)


def find_webhook(project: Project, ref: str) -> str:
    """Where a profile's messages are told of; an empty text where there is no such profile, or no address."""
    profile = _profiles_of(project).filter(ref=ref).first() if ref else None
    return profile.status_url if profile else ""


def describe(profile: MessagingService) -> dict[str, Any]:
    """A profile as Telnyx describes it."""
    return {
        **profile.settings,
        "created_at": write_time(profile.created_at),
        "id": profile.ref,
        "name": profile.name,
        "organization_id": ORGANIZATION,
        "record_type": "messaging_profile",
        "updated_at": write_time(profile.updated_at),
    }


def _save_profile(profile: MessagingService, name: str, settings: dict[str, Any]) -> MessagingService:
    profile.name, profile.settings = name, settings
    profile.inbound_url = profile.status_url = settings["webhook_url"] or ""
    profile.save()
    # By the database's clock, as the time of creation
    MessagingService.objects.filter(pk=profile.pk).update(updated_at=Now())
    profile.refresh_from_db()
    return profile


def _profiles_of(project: Project) -> Any:
    return project.services.filter(carrier="telnyx")


def _find_profile(request: CarrierRequest, project: Project) -> MessagingService:
    found: MessagingService | None = _profiles_of(project).filter(ref=request.parts["ref"]).first()
    if found is None:
        raise refuse_fault(Fault.NOT_FOUND, request.path)
    return found


def _read_name(fields: Fields) -> str:
    name = fields.text("name")
    if len(name) > LONGEST_NAME:
        raise refuse_value("/name", f"The 'name' is longer than {LONGEST_NAME} characters.")
    return name


def _read_settings(fields: Fields) -> dict[str, Any]:
    """The settings that a request has; those that the sandbox does not know are overlooked."""
    readers: Mapping[type, Callable[[str], Any]] = {bool: lambda name: fields.flag(name, usual=False)}
    found: dict[str, Any] = {}
    for name, usual in _USUAL.items():
        if name in fields.values:
            value = fields.values[name]
            # Null sets back what a profile was told before
            found[name] = usual if value is None else readers.get(type(usual), fields.text)(name)
    for name in ("webhook_url", "webhook_failover_url"):
        fields.url(name)
    if found.get("webhook_api_version", "2") not in _VERSIONS:
        raise refuse_value(
            "/webhook_api_version", "The 'webhook_api_version' must be '1', '2' or '2010-04-01'."
        )
    if fields.values.get("whitelisted_destinations") is not None:
        found["whitelisted_destinations"] = list(fields.texts("whitelisted_destinations"))
    if len(orjson.dumps(found)) > LONGEST:
        raise refuse_value("/", "The messaging profile is too large.")
    return found
