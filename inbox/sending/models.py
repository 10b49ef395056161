"""Messages that we send, their receipts, the routes that they may take, and who does not want any."""

from decimal import Decimal
from typing import TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from numbers.models import Account, Number
from tempsms.lib.effects import Work

NAME = RegexValidator(
    r"\A(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}\Z", "A name has up to 11 letters, digits and blanks."
)


class OutgoingState(models.TextChoices):
    """Where a message is on its way: it only goes forward."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELED = "canceled"
    EXPIRED = "expired"


def in_sql(*states: OutgoingState) -> str:
    """Some states, as SQL's IN has them."""
    return f"({', '.join(repr(str(state)) for state in states)})"


class OutgoingMessage(Work):
    """A message that somebody has us send: written with its price before it is sent, and sent at most once.

        queued -> sending -> sent -> delivered | undelivered | failed
        queued -> canceled | expired         sending -> queued | failed | uncertain

    `sealed` is its text and files; it is empty once they are forgotten. `price` is expected until the carrier reports
    it, and it counts on `priced_on`.
    """

    State: TypeAlias = OutgoingState

    OPEN = (OutgoingState.QUEUED, OutgoingState.SENDING)

    owner = models.CharField(max_length=64)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="outgoing")
    number = models.ForeignKey(
        Number, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing"
    )
    sender = models.CharField(max_length=16)
    recipient = models.CharField(max_length=16)
    sealed = models.BinaryField(editable=False)
    encoding = models.CharField(max_length=8)
    segments = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=200, blank=True)
    carrier_ref = models.CharField("carrier's id", max_length=128, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=5)
    currency = models.CharField(max_length=3)
    price_is_final = models.BooleanField(default=False)
    priced_on = models.DateField()
    secret = models.BooleanField(
        default=False, help_text="It has a code: its text is forgotten once it was sent"
    )
    paced = models.BooleanField(default=False, help_text="It has had a turn at its sender")
    send_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    forget_at = models.DateTimeField()

    class Meta:
        verbose_name = "sent message"
        constraints = [
            # The id is empty until the carrier has answered
            models.UniqueConstraint(
                fields=["account", "carrier_ref"], condition=~Q(carrier_ref=""), name="outgoing_ref_once"
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="outgoing_price_not_negative"),
        ]
        indexes = [
            # What is over stays for the books, and would only fill the index
            models.Index(
                fields=["due_at"], condition=Q(state__in=("queued", "sending")), name="outgoing_due"
            ),
            models.Index("owner", F("id").desc(), name="outgoing_of_owner"),
            models.Index("recipient", F("id").desc(), name="outgoing_to_person"),
            models.Index(fields=["forget_at"], condition=~Q(sealed=b""), name="outgoing_to_forget"),
        ]

    def __str__(self) -> str:
        return f"sent message {self.pk} ({self.state})"


class SendReceipt(models.Model):
    """A delivery report, as the carrier told it; it may come before the answer to the call that sent the message."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    carrier_ref = models.CharField("carrier's id", max_length=128)
    status = models.CharField(max_length=12)
    word = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "delivery receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "carrier_ref", "status", "word", "error_code"], name="receipt_once"
            )
        ]
        indexes = [models.Index(fields=["received_at"], name="receipt_by_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.carrier_ref}"


class Route(models.Model):
    """What sending through an account costs in a country, and how fast it may go; the first rank that fits is taken.

    Without a country it is for all that have no route of their own.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="routes")
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", "Two capital letters.")],
        help_text="Of the recipient, like GB; empty: every other one",
    )
    price = models.DecimalField(
        "price of a segment",
        max_digits=10,
        decimal_places=5,
        validators=[MinValueValidator(Decimal(0))],
        help_text="In the account's currency; what is expected until the carrier reports it",
    )
    names = ArrayField(
        models.CharField(max_length=11, validators=[NAME]),
        default=list,
        blank=True,
        help_text="Names that messages may come from where no number is used",
    )
    per_second = models.PositiveSmallIntegerField(
        "messages a second",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Of each sender of the account; empty: as usual for its kind of number",
    )
    rank = models.PositiveSmallIntegerField(default=100, help_text="Lower ones are taken first")
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "country"], name="route_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="route_price_not_negative"),
            models.CheckConstraint(
                condition=Q(per_second=None) | Q(per_second__gte=1), name="route_pace_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} to {self.country or 'other countries'}"


class SenderPace(models.Model):
    """When a sender may send its next message."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    sender = models.CharField(max_length=16)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sender"], name="pace_once")]

    def __str__(self) -> str:
        return f"pace of {self.sender}"


class Turn(models.Model):
    """The worker whose turn it is to send; there is one row."""

    worker = models.UUIDField()
    taken_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"turn of {self.worker}"


class OptOut(models.Model):
    """Somebody who wants no messages of ours, from any number, since then; the word is what was written.

    `person` is a keyed hash of the number: the wish stays, also when the person's number is erased.
    """

    person = models.BinaryField(max_length=16, unique=True, editable=False)
    shown = models.CharField("number", max_length=40, help_text="Without most digits")
    word = models.CharField(max_length=40)
    told = models.CharField("to", max_length=16, help_text="Our number that it was written to")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "opt-out"

    def __str__(self) -> str:
        return f"opt-out of {self.at:%Y-%m-%d}"
