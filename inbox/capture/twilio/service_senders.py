"""The senders of a Messaging Service: `.../PhoneNumbers` and `.../AlphaSenders`.

/docs/messaging/api/phonenumber-resource, /docs/messaging/api/alphasender-resource
"""

from typing import Any

import phonenumbers
from django.db import IntegrityError, transaction

from inbox.capture.checks import is_name
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.available_numbers import describe_capabilities
from inbox.capture.twilio.errors import TwilioError, not_found, refuse
from inbox.capture.twilio.fields import Fields, new_ref, write_iso_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import describe_meta_page, read_page
from inbox.capture.twilio.services import SERVICE_PATH, URL, find_service
from inbox.sandbox import carrier_numbers
from inbox.sandbox.models import MessagingService, ServiceSender

MOST = 400
"""Numbers of a service: /docs/api/errors/21714."""
_WORDS = {"voice": "Voice", "sms": "SMS", "mms": "MMS"}


def _add_number(request: CarrierRequest) -> Reply:
    account = find_account(request)
    service = find_service(request, account)
    owned = carrier_numbers.list_owned(account.project, "twilio")
    number = owned.filter(ref=Fields(request.form)["PhoneNumberSid"]).first()
    if number is None:
        raise refuse(21421, "Phone Number is invalid: PhoneNumberSid is not one of this account's numbers")
    if service.senders.exclude(number=None).count() >= MOST:
        raise refuse(21714, "Messaging Service Number Pool size limit reached")
    sender = ServiceSender(service=service, ref=number.ref, number=number)
    try:
        with transaction.atomic():
            # a savepoint: the error says below which of two services has the number already
            sender.save()
    except IntegrityError:
        raise _refuse_repeated(service, number.ref) from None
    sender.refresh_from_db()
    return Reply(201, _describe_number(account, sender))


def _refuse_repeated(service: MessagingService, ref: str) -> TwilioError:
    if service.senders.filter(ref=ref).exists():
        return TwilioError(409, 21710, "Phone Number or Short Code is already in the Messaging Service.")
    text = "Phone Number or Short Code is associated with another Messaging Service."
    return TwilioError(409, 21712, text)


def _add_name(request: CarrierRequest) -> Reply:
    account = find_account(request)
    service = find_service(request, account)
    name = Fields(request.form)["AlphaSender"]
    if not is_name(name):
        raise refuse(20001, "Invalid parameter: AlphaSender is not an alphanumeric sender ID")
    with transaction.atomic():
        # Two requests at the same time must not both add the one name that a service has
        MessagingService.objects.select_for_update(no_key=True).get(pk=service.pk)
        if service.senders.filter(number=None).exists():
            text = "Invalid parameter: the Messaging Service has an AlphaSender, which must be deleted first"
            raise refuse(20001, text)
        sender = ServiceSender.objects.create(service=service, ref=new_ref("AI"), name=name)
    sender.refresh_from_db()
    return Reply(201, _describe_name(account, sender))


def _list_numbers(request: CarrierRequest) -> Reply:
    account = find_account(request)
    service = find_service(request, account)
    page = read_page(request, service.senders.select_related("service", "number").exclude(number=None))
    items = [_describe_number(account, sender) for sender in page.rows]
    url = f"{URL}/{service.ref}/PhoneNumbers"
    return Reply(200, describe_meta_page(page, url, "phone_numbers", items))


def _list_names(request: CarrierRequest) -> Reply:
    account = find_account(request)
    service = find_service(request, account)
    page = read_page(request, service.senders.select_related("service").filter(number=None))
    items = [_describe_name(account, sender) for sender in page.rows]
    return Reply(200, describe_meta_page(page, f"{URL}/{service.ref}/AlphaSenders", "alpha_senders", items))


def _fetch_sender(request: CarrierRequest) -> Reply:
    account = find_account(request)
    sender = _find_sender(request, account)
    describe = _describe_number if sender.number else _describe_name
    return Reply(200, describe(account, sender))


def _delete_sender(request: CarrierRequest) -> Reply:
    _find_sender(request, find_account(request)).delete()
    return Reply(204)


def _find_sender(request: CarrierRequest, account: Account) -> ServiceSender:
    senders = find_service(request, account).senders.select_related("service", "number")
    sender = senders.filter(ref=request.parts["ref"]).first()
    if sender is None:
        raise not_found(request.path)
    return sender


def _describe_number(account: Account, sender: ServiceSender) -> dict[str, Any]:
    number = sender.number
    assert number
    can = describe_capabilities(number.e164)
    return {
        **_describe_sender(account, sender, "PhoneNumbers"),
        "phone_number": number.e164,
        "country_code": phonenumbers.region_code_for_number(phonenumbers.parse(number.e164)),
        "capabilities": [word for name, word in _WORDS.items() if can[name]],
    }


def _describe_name(account: Account, sender: ServiceSender) -> dict[str, Any]:
    said = _describe_sender(account, sender, "AlphaSenders")
    return {**said, "alpha_sender": sender.name, "capabilities": ["SMS"]}


def _describe_sender(account: Account, sender: ServiceSender, folder: str) -> dict[str, Any]:
    created = write_iso_time(sender.created_at)
    return {
        "sid": sender.ref,
        "account_sid": account.sid,
        "service_sid": sender.service.ref,
        "date_created": created,
        "date_updated": created,
        "url": f"{URL}/{sender.service.ref}/{folder}/{sender.ref}",
    }


_ONE = {"GET": _fetch_sender, "DELETE": _delete_sender}
ROUTES = {
    rf"{SERVICE_PATH}/PhoneNumbers": {"GET": _list_numbers, "POST": _add_number},
    rf"{SERVICE_PATH}/PhoneNumbers/(?P<ref>PN[0-9a-f]{{32}})": _ONE,
    rf"{SERVICE_PATH}/AlphaSenders": {"GET": _list_names, "POST": _add_name},
    rf"{SERVICE_PATH}/AlphaSenders/(?P<ref>AI[0-9a-f]{{32}})": _ONE,
}
