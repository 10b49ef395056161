"""Calls to SignalWire's Compatibility API: Twilio's resources at the address of the customer's space."""

import re
from decimal import Decimal
from urllib.parse import quote

from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import Kind
from numbers.carriers.signalwire.webhooks import SignalWire
from numbers.carriers.twilio.api import TwilioApi

_PRICE_SETTINGS = {Kind.LOCAL: "price_local", Kind.TOLL_FREE: "price_toll_free"}


class SignalWireApi(TwilioApi):
    """The same resources below the address of the customer's space; paths end without `.json`."""

    carrier = SignalWire
    title = "SignalWire"
    suffix = ""
    kinds = frozenset(_PRICE_SETTINGS)

    @property
    def root(self) -> str:
        """The space's host."""
        space = self.setting("space").lower()
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", space):
            raise Rejected(
                "the setting space must be a name such as example, not an address", fault="account"
            )
        return f"https://{space}.signalwire.com"

    @property
    def account_path(self) -> str:
        """The project's path."""
        return f"/api/laml/2010-04-01/Accounts/{quote(self.setting('project_id'), safe='')}"

    def auth(self) -> tuple[str, str]:
        """Project and API token."""
        return self.setting("project_id"), self.setting("api_token")

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str]:
        """The price that the operator has set: SignalWire's API reports none, and ceilings need one."""
        return self.operator_price(_PRICE_SETTINGS[kind]), "USD"
