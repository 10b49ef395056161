"""Calls to Bandwidth: messaging in JSON, https://dev.bandwidth.com/apis/messaging, and numbers in XML,
https://dev.bandwidth.com/apis/numbers; applications, https://dev.bandwidth.com/docs/account/applications.

From memory, as no published example was at hand: the words of OrderStatus and the links between pages.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

import phonenumbers
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from numbers.carriers.bandwidth.webhooks import Bandwidth
from numbers.carriers.contract import secret_values
from numbers.carriers.errors import CallFailed, Fault, Rejected, Uncertain, Unsupported, unanswered
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.toolkit import amounts, http, payloads
from numbers.carriers.toolkit.json_api import JsonApi

_MESSAGES = "https://messaging.bandwidth.com/api/v2/users"
_NUMBERS = "https://dashboard.bandwidth.com/api/v1/accounts"
_APPLICATIONS = "https://dashboard.bandwidth.com/api/accounts"
_KINDS = {Kind.LOCAL, Kind.TOLL_FREE}
_CAPABILITIES = frozenset({"sms", "mms", "voice"})  # all numbers have them, once their application does
_DONE, _FAILED = "COMPLETE", {"FAILED", "PARTIAL"}
_PAGE = 500
_PAGES = 1000


class BandwidthApi(JsonApi):
    """Numbers and messages of one account."""

    carrier = Bandwidth
    title = "Bandwidth"

    def auth(self) -> tuple[str, str]:
        """The API user."""
        return self.setting("api_username"), self.setting("api_password")

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Type and description; errors of messaging are {"type", "description", "fieldErrors"}."""
        return payloads.text(answer, "type"), payloads.text(answer, "description")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers in the area code; those of the other country in the plan are left out."""
        self.check_sold(wanted, _KINDS, _CAPABILITIES)
        if wanted.country not in ("US", "CA"):
            raise Unsupported("bandwidth", f"{wanted.kind} numbers in {wanted.country}")
        price = self.operator_price("price_month")
        query = {"quantity": str(max(wanted.limit, 1))}
        if wanted.kind is Kind.TOLL_FREE:
            query["tollFreeWildCardPattern"] = "8**"
        else:
            query["areaCode"] = (
                payloads.digits(wanted.contains).removeprefix("1")[:3]
                if wanted.contains
                else self.setting("area_code")
            )
        found = self._call_numbers("GET", "availableNumbers", params=query)
        listed = (_add_prefix(element.text or "") for element in found.iter("TelephoneNumber"))
        # The API knows area codes but no countries: the United States and Canada share one plan
        fitting = [e164 for e164 in listed if _find_country(e164) == wanted.country]
        return [
            Offer(e164, wanted.country, wanted.kind, _CAPABILITIES, price) for e164 in fitting[: wanted.limit]
        ]

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Ordered:
        """Order it into the site and peer, whose application holds the address."""
        order = Element("Order")
        if key:
            # Our own id of the order is what `find` looks for: orders carry no idempotency key
            SubElement(order, "CustomerOrderId").text = key
        listed = SubElement(SubElement(order, "ExistingTelephoneNumberOrderType"), "TelephoneNumberList")
        SubElement(listed, "TelephoneNumber").text = _strip_prefix(offer.e164)
        SubElement(order, "SiteId").text = self.setting("site_id")
        for peer in secret_values(self.secrets, "peer_id")[:1]:
            SubElement(order, "PeerId").text = peer
        ref = self._call_numbers("POST", "orders", body=order).findtext(".//id")
        if not ref:
            raise Uncertain("Bandwidth's answer to the order does not name it")
        return Ordered(ref)

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of an order; a refused query does not mean that the order failed."""
        try:
            found = self._call_numbers("GET", f"orders/{quote(ref, safe='')}")
        except Rejected as error:
            raise unanswered(error) from None
        status = found.findtext(".//OrderStatus") or ""
        number = found.findtext(".//CompletedNumbers//FullNumber")
        # PARTIAL may well name our number: then it is bought
        if number and status in (_DONE, *_FAILED):
            return Owned(_strip_prefix(_add_prefix(number)), _add_prefix(number))
        if status in _FAILED:
            why = found.findtext(".//Error/Description") or "the order failed"
            raise Rejected(f"Bandwidth: {why[:300]}", code=found.findtext(".//Error/Code") or "")
        return Ordered(ref)

    def find(self, key: str) -> Owned | Ordered | None:
        """An order by our id, unless it failed."""
        query = {"page": "1", "size": "10", "customerOrderId": key}
        for item in self._call_numbers("GET", "orders", params=query).iter("OrderIdUserIdDate"):
            ref, status = (item.findtext("orderId") or "").strip(), item.findtext("OrderStatus") or ""
            if ref and status.strip() not in _FAILED:
                return self.order(ref)
        return None

    def release(self, ref: str) -> None:
        """Order its disconnection. Refused for a number that is not ours: gone if it is not listed."""
        order = Element("DisconnectTelephoneNumberOrder")
        SubElement(order, "name").text = f"tempsms {ref}"
        listed = SubElement(SubElement(order, "DisconnectTelephoneNumberOrderType"), "TelephoneNumberList")
        SubElement(listed, "TelephoneNumber").text = ref
        try:
            self._call_numbers("POST", "disconnects", body=order)
        except Rejected:
            if ref in list(self._list_numbers()):
                raise

    def owned(self) -> list[Owned]:
        """All numbers or an error. Their price is the operator's, where it is set; their address the application's."""
        given = secret_values(self.secrets, "price_month")
        price = (amounts.money(given[0]) if given else None) or Decimal(0)
        address = self._read_address()
        return [Owned(ten, _add_prefix(ten), address, price) for ten in self._list_numbers()]

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point the application, and so all its numbers, at us: messages and receipts, with the login that we check."""
        changes = Element("Application")
        SubElement(changes, "InboundCallbackUrl").text = webhook_url
        SubElement(changes, "OutboundCallbackUrl").text = f"{webhook_url}status/"
        for name in ("InboundCallbackCreds", "OutboundCallbackCreds"):
            login = SubElement(changes, name)
            SubElement(login, "UserId").text = self.setting("username")
            SubElement(login, "Password").text = self.setting("password")
        self._call_numbers("PATCH", self._application_path(), body=changes, root=_APPLICATIONS)

    def _read_address(self) -> str | None:
        """Where the application's messages go: empty for nowhere, None where we don't know it."""
        if not secret_values(self.secrets, "application_id"):
            return None
        try:
            found = self._call_numbers("GET", self._application_path(), root=_APPLICATIONS)
        except Rejected as error:
            return None if error.fault == "account" else ""
        if found.find(".//Application") is None:
            raise CallFailed("Bandwidth's answer is not an application")
        return found.findtext(".//InboundCallbackUrl") or ""

    def _application_path(self) -> str:
        return f"applications/{quote(self.setting('application_id'), safe='')}"

    def _list_numbers(self) -> Iterator[str]:
        page, seen = "1", 0
        for _ in range(_PAGES):
            found = self._call_numbers("GET", "inserviceNumbers", params={"page": page, "size": str(_PAGE)})
            total = found.findtext("TotalCount") or ""
            if not (
                total.isascii() and total.isdigit()
            ):  # an error page, which must not look like no numbers
                raise CallFailed("Bandwidth's answer is not a list of numbers")
            numbers = [element.text for element in found.iter("TelephoneNumber") if element.text]
            yield from numbers
            seen += len(numbers)
            following = _next_page(found.findtext(".//Links/next") or "")
            if not following:
                # A list cut short would look like numbers lost, so the total is compared
                if seen < int(total[:9]):
                    raise CallFailed("Bandwidth's list of numbers ends early")
                return
            if following == page:
                break
            page = following
        raise CallFailed("Bandwidth's list of numbers does not end")

    def log_in(self) -> None:
        """Ask for a number."""
        self._call_numbers("GET", "inserviceNumbers", params={"page": "1", "size": "1"})

    def send(self, message: Outgoing) -> Sent:
        """Send a message."""
        body: dict[str, Any] = {
            "applicationId": self.setting("application_id"),
            "to": [message.recipient],
            "from": message.sender,
            "text": message.body,
        }
        body |= {"media": list(message.media)} if message.media else {}
        account = quote(self.setting("account_id"), safe="")
        answer = self.call("POST", f"{_MESSAGES}/{account}/messages", json=body)
        return Sent(self.message_ref(answer), payloads.count(answer.get("segmentCount")))

    def _call_numbers(
        self,
        method: str,
        rest: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Element | None = None,
        root: str = _NUMBERS,
    ) -> Element:
        """The root element of the numbers API's answer; raises `CallFailed`.

        Its errors are <ErrorList><Error><Code/><Description/>, or <Error> alone.
        """
        response = http.call(
            self.http,
            method,
            f"{root}/{quote(self.setting('account_id'), safe='')}/{rest}",
            auth=self.auth(),
            params=params,
            headers={"Content-Type": "application/xml"} if body is not None else {},
            raw=tostring(body) if body is not None else None,
        )
        try:
            found: Element | None = (
                ElementTree.fromstring(response.content) if response.content else Element("Empty")
            )
        except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):  # of encodings
            found = None
        if response.is_client_error:
            fault: Fault = "account" if response.status_code in (401, 403) else "carrier"
            text = (
                found.findtext(".//Description") if found is not None else ""
            ) or f"HTTP {response.status_code}"
            code = (found.findtext(".//Code") if found is not None else "") or ""
            raise Rejected(
                f"Bandwidth: {text[:300]}" + (f" ({code})" if code else ""), code=code, fault=fault
            )
        if found is None:
            raise http.open_end(method, "Bandwidth's answer is not XML")
        return found


def _strip_prefix(e164: str) -> str:
    return e164.removeprefix("+1")


def _add_prefix(ten: str) -> str:
    return "+1" + ten.removeprefix("+1")


def _find_country(e164: str) -> str:
    try:
        return (
            phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or "US"
        )  # toll-free belongs to none
    except phonenumbers.NumberParseException:
        return ""


def _next_page(link: str) -> str:
    """The page in a link such as `<https://.../inserviceNumbers?size=500&page=9195551234>; rel="next"`."""
    address = link.partition("<")[2].partition(">")[0] or link
    return parse_qs(urlsplit(address.strip()).query).get("page", [""])[0]
