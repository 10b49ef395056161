"""`.../Messages/{Sid}/Media`: the files of a message. /docs/messaging/api/media-resource

Files stay where the program has them: an address without `.json` leads there, as Twilio's leads to its own store.
"""

import hashlib
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote, urlsplit

from django.db import transaction

from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.twilio.errors import not_found
from inbox.capture.twilio.fields import write_mail_time
from inbox.capture.twilio.logins import Account, find_account
from inbox.capture.twilio.paging import MOST, USUAL, read_count
from inbox.sandbox import messages
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.played.twilio_receipts import VERSION

_LIST = rf"/capture/twilio/{VERSION}/Accounts/(?P<sid>[^/]{{1,64}})/Messages/(?P<message>[A-Za-z0-9]{{1,64}})/Media"
_IN_ADDRESS = "!#$%&'()+*,/:;=?@[]~"
_FILE = rf"{_LIST}/(?P<ref>ME[0-9a-f]{{32}})"


def _list_files(request: CarrierRequest) -> Reply:
    account = find_account(request)
    message = _find_message(request, account)
    query = {name: values[0] for name, values in request.query.items()}
    size = read_count(query, "PageSize", USUAL, 1, MOST)
    uri = f"/{VERSION}/Accounts/{account.sid}/Messages/{message.ref}/Media.json"
    items = [_describe_file(account, message, ref, url) for ref, url in _name_files(message).items()][:size]
    first = f"{uri}?PageSize={size}&Page=0"
    return Reply(
        200,
        {
            "media_list": items,
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(len(items) - 1, 0),
            "uri": first,
            "first_page_uri": first,
            "previous_page_uri": None,
            "next_page_uri": None,
        },
    )


def _fetch_file(request: CarrierRequest) -> Reply:
    account = find_account(request)
    message = _find_message(request, account)
    ref = request.parts["ref"]
    return Reply(200, _describe_file(account, message, ref, _find_file(request, message)))


def _open_file(request: CarrierRequest) -> Reply:
    url = _find_file(request, _find_message(request, find_account(request)))
    # what cannot be in a header is written in percent
    return Reply(307, headers={"location": quote(url, safe=_IN_ADDRESS)})


@transaction.atomic
def _delete_file(request: CarrierRequest) -> Reply:
    message = _find_message(request, find_account(request), locked=True)
    url = _find_file(request, message)
    message.media.remove(url)
    message.save(update_fields=["media"])
    messages.touch(message)
    return Reply(204)


def _find_message(request: CarrierRequest, account: Account, *, locked: bool = False) -> CapturedMessage:
    found = CapturedMessage.objects.filter(
        project=account.project, carrier="twilio", ref=request.parts["message"]
    )
    message = (found.select_for_update(no_key=True) if locked else found).first()
    if message is None:
        raise not_found(request.path)
    return message


def _find_file(request: CarrierRequest, message: CapturedMessage) -> str:
    url = _name_files(message).get(request.parts["ref"])
    if url is None:
        raise not_found(request.path)
    return url


def _name_files(message: CapturedMessage) -> dict[str, str]:
    """The addresses of a message's files by their ids, which are made of them; the same file twice is one."""
    return {
        f"ME{hashlib.sha256(f'{message.ref} {url}'.encode()).hexdigest()[:32]}": url for url in message.media
    }


def _describe_file(account: Account, message: CapturedMessage, ref: str, url: str) -> dict[str, Any]:
    return {
        "sid": ref,
        "account_sid": account.sid,
        "parent_sid": message.ref,
        "content_type": guess_type(urlsplit(url).path)[0],
        "date_created": write_mail_time(message.created_at),
        "date_updated": write_mail_time(message.updated_at),
        "uri": f"/{VERSION}/Accounts/{account.sid}/Messages/{message.ref}/Media/{ref}.json",
    }


ROUTES = {
    rf"{_LIST}(\.json)?": {"GET": _list_files},
    rf"{_FILE}\.json": {"GET": _fetch_file, "DELETE": _delete_file},
    _FILE: {"GET": _open_file, "DELETE": _delete_file},
}
