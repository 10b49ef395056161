"""`lookups.twilio.com/v2/PhoneNumbers/{number}`: what the numbering plans say of a number. /docs/lookup/v2-api

Nobody is asked: what only carriers know is null, or 60606 (the package is not enabled) where it is asked for.
"""

import re
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.fields import Fields
from inbox.capture.twilio.logins import find_account

_PATH = r"/capture/twilio(?:/lookups)?/v2/PhoneNumbers/(?P<number>[^/]{1,40})"
_URL = "https://lookups.twilio.com/v2/PhoneNumbers"
_NOT_ENABLED = 60606
_PACKAGES = {
    "caller_name": ("caller_name", "caller_type"),
    "sim_swap": ("last_sim_swap", "carrier_name", "mobile_country_code", "mobile_network_code"),
    "call_forwarding": ("call_forwarding_enabled",),
    "line_status": ("status",),
    "identity_match": ("summary_score",),
    "reassigned_number": ("last_verified_date", "is_number_reassigned"),
    "sms_pumping_risk": ("carrier_risk_category", "number_blocked", "sms_pumping_risk_score"),
    "phone_number_quality_score": ("quality_score", "quality_category"),
    "pre_fill": ("first_name", "last_name"),
}
"""What only carriers know, with the names that it has."""
_LINE_TYPE = "line_type_intelligence"
_FREE = ("", "validation")
_TYPES = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "tollFree",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "sharedCost",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
"""Those that a numbering plan tells apart; it does not say which US numbers are mobile, nor which VoIP is fixed."""
_REASONS = {
    ValidationResult.TOO_SHORT: "TOO_SHORT",
    ValidationResult.TOO_LONG: "TOO_LONG",
    ValidationResult.INVALID_LENGTH: "INVALID_LENGTH",
    ValidationResult.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
}
_PLAIN = re.compile(r"[^0-9+]")


def _look_up(request: CarrierRequest) -> Reply:
    find_account(request)
    fields, text = Fields(request.query), request.parts["number"]
    wanted = {name.strip() for name in fields["Fields"].split(",")}
    if unknown := wanted - {*_PACKAGES, _LINE_TYPE, *_FREE}:
        raise fields.refuse("Fields", f"has an unknown name: {min(unknown)[:40]}")
    country = fields["CountryCode"].upper() or "US"
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise fields.refuse("CountryCode", "is not a country")
    found, error = _read_number(text, country)
    answer = _describe_number(found, text, error)
    for package, names in _PACKAGES.items():
        enough = found is not None and package in wanted
        answer[package] = {**dict.fromkeys(names), "error_code": _NOT_ENABLED} if enough else None
    answer[_LINE_TYPE] = _describe_line(found) if found and _LINE_TYPE in wanted else None
    return Reply(200, answer)


def _read_number(text: str, country: str) -> tuple[PhoneNumber | None, str]:
    """A valid number, or why a text is none."""
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        wrong_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return None, "INVALID_COUNTRY_CODE" if wrong_country else "NOT_A_NUMBER"
    if phonenumbers.is_valid_number(parsed):
        return parsed, ""
    return None, _REASONS.get(phonenumbers.is_possible_number_with_reason(parsed), "INVALID_BUT_POSSIBLE")


def _describe_number(found: PhoneNumber | None, text: str, error: str) -> dict[str, Any]:
    e164 = phonenumbers.format_number(found, PhoneNumberFormat.E164) if found else _PLAIN.sub("", text)
    return {
        "calling_country_code": str(found.country_code) if found else None,
        "country_code": phonenumbers.region_code_for_number(found) if found else None,
        "phone_number": e164,
        "national_format": phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL) if found else None,
        "valid": found is not None,
        "validation_errors": [error] if error else [],
        "url": f"{_URL}/{e164}",
    }


def _describe_line(found: PhoneNumber) -> dict[str, Any]:
    names = ("mobile_country_code", "mobile_network_code", "carrier_name", "error_code")
    return {**dict.fromkeys(names), "type": _TYPES.get(phonenumbers.number_type(found))}


ROUTES = {_PATH: {"GET": _look_up}}
