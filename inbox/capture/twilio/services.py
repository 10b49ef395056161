"""`messaging.twilio.com/v1/Services`: Messaging Services with their senders. /docs/messaging/api/service-resource"""

from collections.abc import Mapping
from typing import Any

from django.db.models.functions import Now

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import not_found
from inbox.capture.twilio.fields import Fields, new_ref, write_iso_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import describe_meta_page, read_page
from inbox.sandbox.models import MessagingService

PATH = r"/capture/twilio(?:/messaging)?/v1/Services"
URL = "https://messaging.twilio.com/v1/Services"
SERVICE_PATH = rf"{PATH}/(?P<service>MG[0-9a-f]{{32}})"
MOST = 1000
_SWITCHES = {
    "StickySender": True,
    "MmsConverter": True,
    "SmartEncoding": True,
    "FallbackToLongCode": True,
    "AreaCodeGeomatch": True,
    "SynchronousValidation": False,
    "UseInboundWebhookOnNumber": False,
}
"""What can be on or off, and whether it usually is. Only the last has a meaning here; the others are kept and told."""
_LINKS = {
    "phone_numbers": "PhoneNumbers",
    "alpha_senders": "AlphaSenders",
}
_LONGEST_VALIDITY = 36_000


def find_service(request: CarrierRequest, account: Account) -> MessagingService:
    """The service that an address names; raises `TwilioError`."""
    service = account.project.services.filter(carrier="twilio", ref=request.parts["service"]).first()
    if service is None:
        raise not_found(request.path)
    return service


def _create_service(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form)
    if account.project.services.filter(carrier="twilio").count() >= MOST:
        raise fields.refuse(
            "FriendlyName", f"cannot be used: the account has {MOST} services, which is the most"
        )
    service = MessagingService(project=account.project, carrier="twilio", ref=new_ref("MG"))
    service.name = fields.read_name("FriendlyName", needed=True)
    _read_settings(fields, service)
    service.save()
    service.refresh_from_db()
    return Reply(201, _describe_service(account.sid, service))


def _list_services(request: CarrierRequest) -> Reply:
    account = find_account(request)
    page = read_page(request, account.project.services.filter(carrier="twilio"))
    items = [_describe_service(account.sid, service) for service in page.rows]
    return Reply(200, describe_meta_page(page, URL, "services", items))


def _fetch_service(request: CarrierRequest) -> Reply:
    account = find_account(request)
    return Reply(200, _describe_service(account.sid, find_service(request, account)))


def _update_service(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form)
    service = find_service(request, account)
    if "FriendlyName" in fields:
        service.name = fields.read_name("FriendlyName", needed=True)
    _read_settings(fields, service)
    service.save(update_fields=["name", "inbound_url", "status_url", "settings"])
    MessagingService.objects.filter(pk=service.pk).update(updated_at=Now())
    service.refresh_from_db()
    return Reply(200, _describe_service(account.sid, service))


def _delete_service(request: CarrierRequest) -> Reply:
    find_service(request, find_account(request)).delete()
    return Reply(204)


def _read_settings(fields: Fields, service: MessagingService) -> None:
    """Change a service as a form says; raises `TwilioError`."""
    if "InboundRequestUrl" in fields:
        service.inbound_url = fields.read_address("InboundRequestUrl")
    if "StatusCallback" in fields:
        service.status_url = fields.read_address("StatusCallback")
    settings = dict(service.settings)
    for name, usual in _SWITCHES.items():
        settings[name] = fields.read_switch(name, settings.get(name, usual))
    for name in ("InboundMethod", "FallbackMethod"):
        settings[name] = fields.read_choice(name, settings.get(name, "POST"), ("POST", "GET"))
    usual = settings.get("ValidityPeriod", _LONGEST_VALIDITY)
    settings["ValidityPeriod"] = fields.read_number("ValidityPeriod", usual, 1, _LONGEST_VALIDITY)
    if "FallbackUrl" in fields:
        settings["FallbackUrl"] = fields.read_address("FallbackUrl")
    if "Usecase" in fields:
        settings["Usecase"] = fields.read_name("Usecase")
    scans = ("inherit", "enable", "disable")
    settings["ScanMessageContent"] = fields.read_choice(
        "ScanMessageContent", settings.get("ScanMessageContent", "inherit"), scans
    )
    service.settings = settings


def _describe_service(sid: str, service: MessagingService) -> dict[str, Any]:
    kept: Mapping[str, Any] = service.settings
    url = f"{URL}/{service.ref}"
    return {
        "account_sid": sid,
        "sid": service.ref,
        "date_created": write_iso_time(service.created_at),
        "date_updated": write_iso_time(service.updated_at),
        "friendly_name": service.name,
        "inbound_request_url": service.inbound_url or None,
        "inbound_method": kept["InboundMethod"],
        "fallback_url": kept.get("FallbackUrl") or None,
        "fallback_method": kept["FallbackMethod"],
        "status_callback": service.status_url or None,
        "sticky_sender": kept["StickySender"],
        "mms_converter": kept["MmsConverter"],
        "smart_encoding": kept["SmartEncoding"],
        "scan_message_content": kept["ScanMessageContent"],
        "fallback_to_long_code": kept["FallbackToLongCode"],
        "area_code_geomatch": kept["AreaCodeGeomatch"],
        "validity_period": kept["ValidityPeriod"],
        "synchronous_validation": kept["SynchronousValidation"],
        "usecase": kept.get("Usecase") or "undeclared",
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": kept["UseInboundWebhookOnNumber"],
        "links": {name: f"{url}/{folder}" for name, folder in _LINKS.items()},
        "url": url,
    }


ROUTES = {
    PATH: {"GET": _list_services, "POST": _create_service},
    SERVICE_PATH: {"GET": _fetch_service, "POST": _update_service, "DELETE": _delete_service},
}
