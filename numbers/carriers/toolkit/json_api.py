"""What JSON APIs of carriers have in common: a login, answers that are objects, refusals in the carrier's words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Unpack

from numbers.carriers.contract import Api
from numbers.carriers.errors import CallFailed, Fault, Rejected, Uncertain, unanswered
from numbers.carriers.toolkit import amounts, http, payloads


class JsonApi(Api):
    """One account's API. Subclasses define the login and where an error's code and text are found."""

    title: ClassVar[str]
    account_errors: ClassVar[frozenset[str]] = frozenset()
    """Codes of errors that the account's settings cause; all other refusals are the carrier's own."""

    def auth(self) -> tuple[str, str] | None:
        """Name and password of HTTP Basic, if the API has it."""
        return None

    def headers(self) -> Mapping[str, str]:
        """Headers of each call, such as a key."""
        return {}

    def words(self, answer: Mapping[str, Any]) -> tuple[str, str]:
        """Code and text of an error."""
        return str(answer.get("code") or ""), str(answer.get("message") or "")

    def call(
        self,
        method: str,
        url: str,
        missing: dict[str, Any] | None = None,
        **content: Unpack[http.Content],
    ) -> dict[str, Any]:
        """The answer's JSON object, empty for an empty answer, or `missing` for a 404; raises `CallFailed`."""
        answer = self.answer(method, url, missing, **content)
        if not isinstance(answer, dict):
            raise http.open_end(method, f"{self.title}'s answer is not a JSON object")
        return answer

    def ask(self, url: str) -> dict[str, Any]:
        """The answer to a query about a change, such as an order; a refusal does not mean that the change failed."""
        try:
            return self.call("GET", url)
        except Rejected as error:
            raise unanswered(error) from None

    def answer(
        self,
        method: str,
        url: str,
        missing: Any = None,
        **content: Unpack[http.Content],
    ) -> Any:
        """The answer's JSON, whatever it is; as `call` otherwise."""
        content["headers"] = {**self.headers(), **content.get("headers", {})}
        response = http.call(self.http, method, url, self.auth(), **content)
        if response.status_code == 404 and missing is not None:
            return missing
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            answer = None
        if response.is_client_error:
            raise self.refusal(response.status_code, answer if isinstance(answer, dict) else {})
        return answer

    def refusal(self, status: int, answer: Mapping[str, Any]) -> Rejected:
        """The error for a clear no."""
        code, text = self.words(answer)
        fault: Fault = "account" if code in self.account_errors or status in (401, 403) else "carrier"
        reason = (text or f"HTTP {status}")[:300]
        return Rejected(f"{self.title}: {reason}" + (f" ({code})" if code else ""), code=code, fault=fault)

    def message_ref(self, answer: Mapping[str, Any], name: str = "id") -> str:
        """The id of a message that was accepted; raises `Uncertain` without one."""
        ref = payloads.text(answer, name)
        if not ref:
            raise Uncertain(f"{self.title}'s answer does not name the message")
        return ref

    def operator_price(self, name: str) -> Decimal:
        """A price that the operator has set, where the carrier reports none."""
        price = amounts.money(self.setting(name))
        if price is None:
            raise Rejected(f"the setting {name} is not a price", fault="account")
        return price

    def items(self, answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        """The list of this name in an answer; raises `CallFailed` without one."""
        items = answer.get(name)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise CallFailed(f"{self.title}'s answer has no {name}")
        return items

    def needed(self, item: Mapping[str, Any], name: str) -> str:
        """A required field of a listed item; raises `CallFailed`."""
        value = item.get(name)
        # `bool` is a kind of `int` in Python: true must not become the id "True"
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            raise CallFailed(f"{self.title} lists something without {name}")
        return str(value)
