"""`.../IncomingPhoneNumbers`: the numbers of a project, and buying more from the simulated carrier's stock.

/docs/phone-numbers/api/incomingphonenumber-resource; the magic numbers of /docs/iam/test-credentials mean the same.
"""

from typing import Any

from django.db.models.functions import Now

from inbox.capture.checks import parse_e164
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.available_numbers import choose_by_area_code, describe_capabilities, write_national
from inbox.capture.twilio.errors import not_found, refuse
from inbox.capture.twilio.fields import Fields, write_mail_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import describe_page, read_page
from inbox.sandbox import carrier_numbers
from inbox.sandbox.models import ProjectNumber
from inbox.sandbox.played.twilio_receipts import VERSION

_LIST = rf"/capture/twilio/{VERSION}/Accounts/(?P<sid>[^/]{{1,64}})/IncomingPhoneNumbers"
_URLS = ("SmsUrl", "SmsFallbackUrl", "StatusCallback", "VoiceUrl", "VoiceFallbackUrl")
_METHODS = ("SmsMethod", "SmsFallbackMethod", "StatusCallbackMethod", "VoiceMethod", "VoiceFallbackMethod")
_REFUSED = ("SmsApplicationSid", "VoiceApplicationSid", "TrunkSid", "BundleSid", "AddressSid", "IdentitySid")
_INVALID, _UNAVAILABLE, _NONE_LEFT, _BAD_URL = 21421, 21422, 21452, 21402
MAGIC_INVALID, MAGIC_UNAVAILABLE = "+15005550001", "+15005550000"
MAGIC_AREA, MAGIC_EMPTY_AREA = "500", "533"


def _list_numbers(request: CarrierRequest) -> Reply:
    account = find_account(request)
    found = carrier_numbers.list_owned(account.project, "twilio")
    asked = Fields(request.query)
    if e164 := asked["PhoneNumber"]:
        found = found.filter(e164__contains=e164)
    if name := asked["FriendlyName"]:
        found = found.filter(name=name)
    page = read_page(request, found)
    uri = f"/{VERSION}/Accounts/{account.sid}/IncomingPhoneNumbers.json"
    items = [_describe_number(account, number) for number in page.rows]
    return Reply(200, describe_page(page, uri, "incoming_phone_numbers", items))


def _buy_number(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form)
    # Before anything is bought: a wrong setting must not leave a number behind
    changes = _read_settings(fields)
    e164 = _choose_number(account, fields)
    try:
        number = carrier_numbers.buy(account.project, "twilio", e164)
    except carrier_numbers.NotForSale:
        raise refuse(_UNAVAILABLE, f"Phone Number {e164} is not available.") from None
    number.name = changes.pop("name", "") or write_national(e164)
    _save_settings(number, changes)
    return Reply(201, _describe_number(account, number))


def _choose_number(account: Account, fields: Fields) -> str:
    """The number that is to be bought; raises `TwilioError`."""
    e164, area = fields["PhoneNumber"], fields["AreaCode"]
    if e164:
        if e164 == MAGIC_INVALID or parse_e164(e164) is None:
            raise refuse(_INVALID, f"{e164[:40]} is not a valid number")
        if e164 == MAGIC_UNAVAILABLE:
            raise refuse(_UNAVAILABLE, f"Phone Number {e164} is not available.")
        return e164
    if not area:
        raise fields.refuse("PhoneNumber", "or AreaCode is required")
    found = None
    if area == MAGIC_AREA:
        found = carrier_numbers.MAGIC
    elif area != MAGIC_EMPTY_AREA:
        found = choose_by_area_code(account.project, area)
    if found is None:
        raise refuse(_NONE_LEFT, f"No phone numbers found in area code {area[:10]}")
    return found


def _fetch_number(request: CarrierRequest) -> Reply:
    account = find_account(request)
    return Reply(200, _describe_number(account, _find_number(request, account)))


def _update_number(request: CarrierRequest) -> Reply:
    account, fields = find_account(request), Fields(request.form)
    number = _find_number(request, account)
    _save_settings(number, _read_settings(fields))
    return Reply(200, _describe_number(account, number))


def _release_number(request: CarrierRequest) -> Reply:
    carrier_numbers.release(_find_number(request, find_account(request)))
    return Reply(204)


def _find_number(request: CarrierRequest, account: Account) -> ProjectNumber:
    owned = carrier_numbers.list_owned(account.project, "twilio")
    number = owned.filter(ref=request.parts["ref"]).first()
    if number is None:
        raise not_found(request.path)
    return number


def _read_settings(fields: Fields) -> dict[str, Any]:
    """What a request sets, by our own names; raises `TwilioError`."""
    for name in _REFUSED:
        if fields[name]:
            raise fields.refuse(name, "is not supported by this sandbox")
    changes: dict[str, Any] = {}
    if "FriendlyName" in fields:
        changes["name"] = fields.read_name("FriendlyName")
    for name in _URLS:
        if name in fields:
            changes[name] = fields.read_address(name, _BAD_URL)
    for name in _METHODS:
        if name in fields:
            changes[name] = fields.read_choice(name, "POST", ("POST", "GET"))
    return changes


def _save_settings(number: ProjectNumber, changes: dict[str, Any]) -> None:
    number.name = changes.pop("name", number.name)
    number.inbound_url = changes.pop("SmsUrl", number.inbound_url)
    number.settings = {**number.settings, **changes}
    number.save(update_fields=["name", "inbound_url", "settings"])
    ProjectNumber.objects.filter(pk=number.pk).update(updated_at=Now())
    number.refresh_from_db()


def _describe_number(account: Account, number: ProjectNumber) -> dict[str, Any]:
    kept, known = number.settings, carrier_numbers.range_of(number.e164)
    return {
        "account_sid": account.sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {**describe_capabilities(number.e164), "fax": False},
        "date_created": write_mail_time(number.created_at),
        "date_updated": write_mail_time(number.updated_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.name or write_national(number.e164),
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.e164,
        "sid": number.ref,
        "sms_application_sid": "",
        "sms_fallback_method": kept.get("SmsFallbackMethod", "POST"),
        "sms_fallback_url": kept.get("SmsFallbackUrl", ""),
        "sms_method": kept.get("SmsMethod", "POST"),
        "sms_url": number.inbound_url,
        "status": "in-use",
        "status_callback": kept.get("StatusCallback", ""),
        "status_callback_method": kept.get("StatusCallbackMethod", "POST"),
        "trunk_sid": None,
        "type": str(known.kind).replace("_", " ") if known else None,
        "uri": f"/{VERSION}/Accounts/{account.sid}/IncomingPhoneNumbers/{number.ref}.json",
        "voice_application_sid": "",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": kept.get("VoiceFallbackMethod", "POST"),
        "voice_fallback_url": kept.get("VoiceFallbackUrl", ""),
        "voice_method": kept.get("VoiceMethod", "POST"),
        "voice_receive_mode": "voice",
        "voice_url": kept.get("VoiceUrl", ""),
    }


ROUTES = {
    rf"{_LIST}(\.json)?": {"GET": _list_numbers, "POST": _buy_number},
    rf"{_LIST}/(?P<ref>PN[0-9a-f]{{32}})(\.json)?": {
        "GET": _fetch_number,
        "POST": _update_number,
        "DELETE": _release_number,
    },
}
