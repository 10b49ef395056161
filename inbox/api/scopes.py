"""What a key may be allowed to do."""

from enum import StrEnum


class Scope(StrEnum):
    """A permission of an API key or an OAuth client."""

    NUMBERS_READ = "numbers:read"
    NUMBERS_LEASE = "numbers:lease"
    RENTALS = "rentals"
    MESSAGES_READ = "messages:read"
    MESSAGES_SEND = "messages:send"
    VERIFY = "verify"
    MASKS = "masks"
    FORWARDS = "forwards"
    SANDBOX = "sandbox"
    USAGE = "usage"


MEANINGS = {
    Scope.NUMBERS_READ: "read numbers and their states",
    Scope.NUMBERS_LEASE: "lease and retire numbers, which costs money",
    Scope.RENTALS: "rent numbers",
    Scope.MESSAGES_READ: "read and wait for messages",
    Scope.MESSAGES_SEND: "send messages, which costs money, and look numbers up",
    Scope.VERIFY: "send and check one-time codes",
    Scope.MASKS: "reserved for masking numbers: no operation needs it yet",
    Scope.FORWARDS: "forward messages",
    Scope.SANDBOX: "read and change the sandbox",
    Scope.USAGE: "read usage and costs",
}
