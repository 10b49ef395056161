"""`/2010-04-01/Accounts...` and its API keys: /docs/iam/api/account, /docs/iam/api-keys/keys-in-console.

A key logs in wherever the account does, but here: as Twilio's standard keys, it reads neither the account nor keys.
"""

from typing import Any

from django.db.models.functions import Now

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import not_found, refuse
from inbox.capture.twilio.fields import Fields, write_mail_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import describe_page, read_page
from inbox.sandbox import keys
from inbox.sandbox.models import AccessKey
from inbox.sandbox.played.twilio_receipts import VERSION
from numbers.carriers.contract import first_secret
from tempsms.lib.vault import Unreadable

_ACCOUNTS = rf"/capture/twilio/{VERSION}/Accounts"
_ACCOUNT = rf"{_ACCOUNTS}/(?P<sid>[A-Za-z0-9]{{1,64}})"
_FOLDERS = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
}


def _list_accounts(request: CarrierRequest) -> Reply:
    account = find_account(request, with_key=False)
    uri = f"/{VERSION}/Accounts.json"
    page = read_page(request, type(account.project).objects.filter(pk=account.project.pk))
    # There are no others: it is the whole first page, and the second one is empty
    items = [_describe_account(account) for _ in page.rows]
    return Reply(200, describe_page(page, uri, "accounts", items))


def _fetch_account(request: CarrierRequest) -> Reply:
    return Reply(200, _describe_account(find_account(request, with_key=False)))


def _create_key(request: CarrierRequest) -> Reply:
    account = find_account(request, with_key=False)
    name = Fields(request.form).read_name("FriendlyName", keys.LONGEST_NAME)
    try:
        key, secret = keys.make(account.project, "twilio", name)
    except keys.TooManyKeys:
        raise refuse(20001, f"This account has {keys.MOST} keys, which is the most") from None
    return Reply(201, {**_describe_key(key), "secret": secret})


def _list_keys(request: CarrierRequest) -> Reply:
    account = find_account(request, with_key=False)
    page = read_page(request, account.project.keys.filter(carrier="twilio"))
    uri = f"/{VERSION}/Accounts/{account.sid}/Keys.json"
    return Reply(200, describe_page(page, uri, "keys", [_describe_key(key) for key in page.rows]))


def _fetch_key(request: CarrierRequest) -> Reply:
    return Reply(200, _describe_key(_find_key(request)))


def _update_key(request: CarrierRequest) -> Reply:
    key, fields = _find_key(request), Fields(request.form)
    if "FriendlyName" in fields:
        name = fields.read_name("FriendlyName", keys.LONGEST_NAME)
        AccessKey.objects.filter(pk=key.pk).update(name=name, updated_at=Now())
        key.refresh_from_db()
    return Reply(200, _describe_key(key))


def _delete_key(request: CarrierRequest) -> Reply:
    _find_key(request).delete()
    return Reply(204)


def _find_key(request: CarrierRequest) -> AccessKey:
    account = find_account(request, with_key=False)
    key = account.project.keys.filter(carrier="twilio", ref=request.parts["ref"]).first()
    if key is None:
        raise not_found(request.path)
    return key


def _describe_account(account: Account) -> dict[str, Any]:
    uri, created = f"/{VERSION}/Accounts/{account.sid}", write_mail_time(account.project.created_at)
    sealed = account.project.credentials.get(carrier="twilio").sealed
    return {
        "auth_token": None if isinstance(sealed, Unreadable) else first_secret(sealed, "auth_token"),
        "date_created": created,
        "date_updated": created,
        "friendly_name": account.project.name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {name: f"{uri}/{folder}.json" for name, folder in _FOLDERS.items()},
        "type": "Full",
        "uri": f"{uri}.json",
    }


def _describe_key(key: AccessKey) -> dict[str, Any]:
    return {
        "sid": key.ref,
        "friendly_name": key.name,
        "date_created": write_mail_time(key.created_at),
        "date_updated": write_mail_time(key.updated_at),
    }


ROUTES = {
    rf"{_ACCOUNTS}(\.json)?": {"GET": _list_accounts},
    rf"{_ACCOUNT}(\.json)?": {"GET": _fetch_account},
    rf"{_ACCOUNT}/Keys(\.json)?": {"GET": _list_keys, "POST": _create_key},
    rf"{_ACCOUNT}/Keys/(?P<ref>[A-Za-z0-9]{{1,64}})(\.json)?": {
        "GET": _fetch_key,
        "POST": _update_key,
        "DELETE": _delete_key,
    },
}
