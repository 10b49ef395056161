"""A client of a tempsms server: rent numbers, and wait for the codes that are sent to them.

from tempsms_client import Client

with Client("https://sms.example.org", key="tempsms_...") as client:
    with client.rented(country="GB", purpose="sign-up test") as rental:
        sign_up(rental.number)
        print(client.wait_for_code(rental, timeout=60).value)
"""

from tempsms_client.clients import AsyncClient, Client
from tempsms_client.errors import ApiError, BadAddress, NoAnswer, NoCode, TempsmsError
from tempsms_client.shapes import Claim, Code, Message, Number, Rental

__all__ = [
    "ApiError",
    "AsyncClient",
    "BadAddress",
    "Claim",
    "Client",
    "Code",
    "Message",
    "NoAnswer",
    "NoCode",
    "Number",
    "Rental",
    "TempsmsError",
]
