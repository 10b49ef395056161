"""Targets: making them, their secrets, disabling and enabling them, and telling somebody that one was disabled."""

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from inbox.forwarding import chat, deliveries, mail, webhooks
from inbox.forwarding.models import OPERATORS, Delivery, Rule, Target
from tempsms.lib import vault

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
_TEST_KEPT_FOR = timedelta(days=1)
_SHOW: dict[str, Callable[[str], str]] = {
    Target.Kind.WEBHOOK: webhooks.check_address,
    Target.Kind.EMAIL: mail.check_address,
    Target.Kind.CHAT: chat.check_address,
}


class TargetRefused(Exception):
    """Nothing can be sent there; the text says why, and contains no address."""


def check(kind: str, address: str) -> str:
    """The address as it may be shown; raises `TargetRefused`."""
    try:
        return _SHOW[kind](address)
    except ValueError as error:
        raise TargetRefused(str(error)) from error


def ensure(kind: str, address: str, owner: str = OPERATORS) -> tuple[Target, str]:
    """The owner's target with an address, and its secret if it is a webhook that is new; raises `TargetRefused`.

    The secret is readable here and never again.
    """
    address = address.strip()
    shown = check(kind, address)
    known = UUID(bytes=vault.keyed_hash("forwarding target", owner, kind, address))
    where: dict[str, Any] = {"owner": owner, "kind": kind, "address_hash": known}
    if found := Target.objects.filter(**where).first():
        return found, ""
    secret = make_secret() if kind == Target.Kind.WEBHOOK else ""
    kept = [{"secret": secret, "until": None}] if secret else []
    try:
        with transaction.atomic():
            return Target.objects.create(
                **where, shown=shown[:300], sealed={"address": address, "secrets": kept}
            ), secret
    except IntegrityError:
        return Target.objects.get(**where), ""


def make_secret() -> str:
    """A secret as Standard Webhooks writes them: 24 to 64 bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def rotate_secret(target: Target, overlap: timedelta = OLD_SECRET_SIGNS_FOR) -> str:
    """Give a webhook a new secret and return it; the one before signs too until the overlap is over.

    Raises `TargetRefused`.
    """
    if target.kind != Target.Kind.WEBHOOK:
        raise TargetRefused("only webhooks have a secret")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise TargetRefused(f"the old secret can be valid for {LONGEST_OVERLAP.days} days at most")
    locked = Target.objects.select_for_update(no_key=True).get(pk=target.pk)
    secret, until = make_secret(), (timezone.now() + overlap).isoformat()
    # two are valid at most: of two rotations within the overlap the first secret ends with the second
    before = [{**kept, "until": until} for kept in locked.sealed["secrets"][:1] if overlap]
    locked.sealed = {**locked.sealed, "secrets": [{"secret": secret, "until": None}, *before]}
    locked.save(update_fields=["sealed"])
    return secret


def valid_secrets(target: Target, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first; raises `vault.Unsealable`."""
    return [
        kept["secret"]
        for kept in target.sealed["secrets"]
        if kept["until"] is None or datetime.fromisoformat(kept["until"]) > now
    ]


def disable(target_id: int, problem: str, *, notice: bool = True) -> None:
    """Send nothing more to a target, and have somebody told."""
    now = timezone.now()
    found = Target.objects.filter(pk=target_id, enabled=True)
    found.update(enabled=False, problem=problem[:200], disabled_at=now, noticed_at=None if notice else now)


def enable(target: Target) -> None:
    """Send to a target again, at once, what waits for it."""
    Target.objects.filter(pk=target.pk).update(
        enabled=True,
        problem="",
        disabled_at=None,
        noticed_at=None,
        failures=0,
        paused_until=None,
        # a worker that has it now does not write down what it knew of it before
        taken_by=None,
    )
    transaction.on_commit(deliveries.wake_worker, robust=True)


def send_test(rule: Rule) -> Delivery:
    """Have a made-up message delivered by a rule, once, whether or not its target is enabled; its delivery."""
    delivery = Delivery.objects.create(
        rule=rule, target=rule.target, expires_at=timezone.now() + _TEST_KEPT_FOR
    )
    transaction.on_commit(deliveries.wake_worker, robust=True)
    return delivery


def tell_of_disabled() -> int:
    """E-mail the operator about targets that were disabled after failures; return how many there are.

    Without an SMTP server or an address in CONTACT, only the admin and the API show it.
    """
    if not mail.can_send() or "@" not in settings.CONTACT:
        return 0
    told = 0
    for target in Target.objects.filter(enabled=False, disabled_at__isnull=False, noticed_at=None)[:100]:
        mail.send_notice(
            settings.CONTACT.removeprefix("mailto:"),
            f"Forwarding to {target} was stopped",
            f"Nothing more is sent to {target}: {target.problem}.\n\n"
            f"Once that is mended, enable the target: {settings.PUBLIC_URL}/admin/forwarding/target/{target.pk}/\n",
        )
        # After the mail: it is better sent twice than never
        Target.objects.filter(pk=target.pk).update(noticed_at=timezone.now())
        told += 1
    return told
