"""`verify.twilio.com/v2/Services`: /docs/verify/api/service. Only codes by SMS are captured."""

from typing import Any

from django.db.models.functions import Now

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import not_found, refuse
from inbox.capture.twilio.fields import Fields, new_ref, write_iso_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import describe_meta_page, read_page
from inbox.sandbox.models import VerifyService

PATH = r"/capture/twilio(?:/verify)?/v2/Services"
URL = "https://verify.twilio.com/v2/Services"
SERVICE_PATH = rf"{PATH}/(?P<service>VA[0-9a-f]{{32}})"
INVALID, UNSUPPORTED = 60200, 60204
LONGEST_NAME = 32
MOST = 1000
_SWITCHES = {
    "LookupEnabled": False,
    "SkipSmsToLandlines": False,
    "DtmfInputRequired": True,
    "DoNotShareWarningEnabled": False,
    "CustomCodeEnabled": False,
    "VerifyEventSubscriptionEnabled": False,
}
_REFUSED = ("Psd2Enabled", "DefaultTemplateSid")
_PREFIXES_REFUSED = ("Push.", "Totp.", "Whatsapp.", "Passkeys.")


def find_service(request: CarrierRequest, account: Account) -> VerifyService:
    """The service that an address names; raises `TwilioError`."""
    found = account.project.verify_services.filter(carrier="twilio", ref=request.parts["service"]).first()
    if found is None:
        raise not_found(request.path)
    return found


def _create_service(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form, INVALID)
    if account.project.verify_services.filter(carrier="twilio").count() >= MOST:
        raise fields.refuse(
            "FriendlyName", f"cannot be used: the account has {MOST} services, which is the most"
        )
    service = VerifyService(project=account.project, carrier="twilio", ref=new_ref("VA"))
    service.name = fields.read_name("FriendlyName", LONGEST_NAME, needed=True)
    _read_settings(fields, service)
    service.save()
    service.refresh_from_db()
    return Reply(201, _describe_service(account.sid, service))


def _list_services(request: CarrierRequest) -> Reply:
    account = find_account(request)
    page = read_page(request, account.project.verify_services.filter(carrier="twilio"))
    items = [_describe_service(account.sid, service) for service in page.rows]
    return Reply(200, describe_meta_page(page, URL, "services", items))


def _fetch_service(request: CarrierRequest) -> Reply:
    account = find_account(request)
    return Reply(200, _describe_service(account.sid, find_service(request, account)))


def _update_service(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form, INVALID)
    service = find_service(request, account)
    if "FriendlyName" in fields:
        service.name = fields.read_name("FriendlyName", LONGEST_NAME, needed=True)
    _read_settings(fields, service)
    service.save(update_fields=["name", "code_length", "settings"])
    VerifyService.objects.filter(pk=service.pk).update(updated_at=Now())
    service.refresh_from_db()
    return Reply(200, _describe_service(account.sid, service))


def _delete_service(request: CarrierRequest) -> Reply:
    find_service(request, find_account(request)).delete()
    return Reply(204)


def _read_settings(fields: Fields, service: VerifyService) -> None:
    """Change a service as a form says; raises `TwilioError`."""
    for name in fields.values:
        # What is switched off asks for nothing that is missing here
        wanted = fields[name].lower() not in ("", "false")
        if wanted and (name in _REFUSED or name.startswith(_PREFIXES_REFUSED)):
            raise refuse(
                UNSUPPORTED, f"Service does not support this feature: {name[:40]} is not captured here"
            )
    service.code_length = fields.read_number("CodeLength", service.code_length, 4, 10)
    settings = dict(service.settings)
    for name, usual in _SWITCHES.items():
        settings[name] = fields.read_switch(name, settings.get(name, usual))
    settings["TtsName"] = fields.read_name("TtsName") if "TtsName" in fields else settings.get("TtsName", "")
    service.settings = settings


def _describe_service(sid: str, service: VerifyService) -> dict[str, Any]:
    kept, url = service.settings, f"{URL}/{service.ref}"
    return {
        "sid": service.ref,
        "account_sid": sid,
        "friendly_name": service.name,
        "code_length": service.code_length,
        "lookup_enabled": kept["LookupEnabled"],
        "psd2_enabled": False,
        "skip_sms_to_landlines": kept["SkipSmsToLandlines"],
        "dtmf_input_required": kept["DtmfInputRequired"],
        "tts_name": kept["TtsName"] or None,
        "do_not_share_warning_enabled": kept["DoNotShareWarningEnabled"],
        "custom_code_enabled": kept["CustomCodeEnabled"],
        "push": {"include_date": False, "apn_credential_sid": None, "fcm_credential_sid": None},
        "totp": {"issuer": None, "time_step": None, "code_length": None, "skew": None},
        "whatsapp": {"msg_service_sid": None, "from": None},
        "passkeys": None,
        "default_template_sid": None,
        "verify_event_subscription_enabled": kept["VerifyEventSubscriptionEnabled"],
        "date_created": write_iso_time(service.created_at),
        "date_updated": write_iso_time(service.updated_at),
        "url": url,
        "links": {"verification_checks": f"{url}/VerificationCheck", "verifications": f"{url}/Verifications"},
    }


ROUTES = {
    PATH: {"GET": _list_services, "POST": _create_service},
    SERVICE_PATH: {"GET": _fetch_service, "POST": _update_service, "DELETE": _delete_service},
}
