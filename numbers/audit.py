"""Compares our records with the carriers' lists: orphaned, missing, drifted, idle and stuck numbers."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from numbers import accounts, carriers, leases, ledger, placeholders, pool, prices
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, CarrierError
from numbers.carriers.leasing import Owned
from numbers.models import Account, Event, Finding, Intent, Lease

logger = logging.getLogger(__name__)

IDLE_AFTER = timedelta(days=14)
QUIET = timedelta(days=1)  # without a refused request, until a finding is resolved
YOUNG = timedelta(minutes=5)  # carriers may list a purchase or a release with a delay
What = Finding.What
OWNED_STATES = (Lease.State.ACTIVE, Lease.State.DRAINING, Lease.State.QUARANTINED)


def audit_all() -> int:
    """Audit every enabled account that lists its numbers; return how many differences are open."""
    audit_each()
    return Finding.objects.filter(settled_at=None).count()


def audit_each() -> dict[Account, str]:
    """Audit every enabled account that lists its numbers; return those that failed, and why.

    An account without leases that lacks the settings for calls has nothing to compare, and does not fail.
    """
    failed: dict[Account, str] = {}
    for account in Account.objects.enabled():
        if Feature.OWNED in carriers.features(account.carrier):
            try:
                audit(account)
            except CarrierError as error:
                if not accounts.needs_no_calls(account, error):
                    logger.warning("%s could not be audited: %s", account, error)
                    failed[account] = str(error)
            except Exception as error:  # a bug in one adapter must not stop the audit of other accounts
                logger.exception("%s could not be audited", account)
                failed[account] = f"internal error, see the log: {type(error).__name__}"
                Account.objects.filter(pk=account.pk).update(audit_problem=failed[account])
    # Nobody reports that a webhook works again: a day without a refused request is the only sign
    quiet = Finding.objects.filter(what=What.REFUSED, settled_at=None, seen_at__lt=timezone.now() - QUIET)
    quiet.update(settled_at=timezone.now())
    return failed


def audit(account: Account) -> list[Finding]:
    """Compare one account with its carrier; return its open differences.

    Raises what listing the numbers raises: then only that is recorded, and no difference changes.
    """
    try:
        with carriers.connect(account.carrier, account.secrets) as api:
            # All pages are read before any lock is taken: a list of thousands takes many calls
            owned = list(prices.with_list_prices(account, api, list(api.owned())))
    except CallFailed as error:
        problem = "" if accounts.needs_no_calls(account, error) else str(error)
        Account.objects.filter(pk=account.pk).update(audit_problem=problem)
        raise
    Account.objects.filter(pk=account.pk).exclude(audit_problem="").update(audit_problem="")
    now = timezone.now()
    with transaction.atomic():
        # Two audits of an account take turns here: otherwise each would settle what only the other has seen
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        seen = [_save_finding(finding, now) for finding in _find_differences(account, owned, now)]
        gone = account.findings.filter(settled_at=None).exclude(pk__in=[finding.pk for finding in seen])
        # Refused requests are counted by the webhook, not found by an audit; they close after a quiet day
        gone.exclude(what=What.REFUSED).update(settled_at=now)
    return seen


def repoint_webhook(finding: Finding) -> None:
    """Point a drifted number at our webhook address; raises the carrier's errors."""
    with carriers.connect(finding.account.carrier, finding.account.secrets) as api:
        api.configure(finding.carrier_ref, finding.account.webhook_url)
    _settle_finding(finding)


@transaction.atomic
def adopt(finding: Finding, *, public: bool = False) -> Lease:
    """Adopt an orphan with the carrier's id and cost; raises `accounts.Invalid`.

    A number is charged as bought if our purchase failed here but was carried out: a carrier that does not recognise
    repeated orders may deliver one and refuse its copy.
    """
    refused = _find_failed_purchase(finding.account, finding.e164)
    lease = accounts.adopt(finding.account, finding.e164, public=public)
    lease.carrier_ref = finding.carrier_ref[:80]
    lease.monthly_cost, lease.currency = finding.monthly_cost, finding.currency
    if refused:
        lease.setup_cost = refused.setup_cost
        leases.note(
            lease,
            Event.What.BOUGHT_AFTER_ALL,
            f"its purchase had failed as lease {refused.pk}",
            actor=Event.Actor.CARRIER,
        )
    lease.save(update_fields=["carrier_ref", "monthly_cost", "currency", "setup_cost"])
    if refused:
        ledger.charge_purchase(lease)
    _settle_finding(finding)
    return lease


@transaction.atomic
def retire_idle(finding: Finding, actor: str) -> int:
    """Retire an idle number; return 0 if it is already being retired."""
    lease = finding.account.leases.filter(number__e164=finding.e164, state=Lease.State.ACTIVE).first()
    done = pool.retire(lease, "idle", actor) if lease else 0
    _settle_finding(finding)
    return done


def _settle_finding(finding: Finding) -> None:
    """Record that a difference is resolved."""
    finding.settled_at = timezone.now()
    finding.save(update_fields=["settled_at"])


def _save_finding(finding: Finding, now: datetime) -> Finding:
    """Store a difference, or bring the open one of its kind and number up to date."""
    kept, _ = Finding.objects.update_or_create(
        account=finding.account,
        what=finding.what,
        e164=finding.e164,
        settled_at=None,
        defaults={
            "carrier_ref": finding.carrier_ref,
            "detail": finding.detail,
            "monthly_cost": finding.monthly_cost,
            "currency": finding.currency,
            "seen_at": now,
        },
    )
    return kept


def _find_differences(account: Account, owned: list[Owned], now: datetime) -> Iterator[Finding]:
    """Compare an account's leases with the numbers that its carrier lists."""
    held = {
        lease.number.e164: lease
        for lease in account.leases.filter(state__in=Lease.LIVE).select_related("number")
    }
    ended = _find_just_ended(account, now)
    awaited = placeholders.is_awaited(account, now, YOUNG)
    orphans = account.findings.filter(what=What.ORPHAN, settled_at=None)
    known = set(orphans.values_list("e164", flat=True))
    listed = set()
    for number in owned:
        listed.add(number.e164)
        lease = held.get(number.e164)
        if lease is None:
            # An orphan that was reported before stays reported, whatever is being bought meanwhile
            if number.e164 in known or not (awaited or number.e164 in ended):
                failed = _find_failed_purchase(account, number.e164)
                why = (
                    "bought after all, although the purchase failed here"
                    if failed
                    else "no live lease has it"
                )
                yield _make_finding(account, What.ORPHAN, number, why)
            continue
        _complete_lease(lease, number)
        there = None if number.webhook_url is None else _strip_fragment(number.webhook_url)
        if there is not None and there != _strip_fragment(account.webhook_url):
            problem = f"goes to {there[:200]}" if there else "no webhook address is set"
            yield _make_finding(account, What.DRIFT, number, problem)
    for e164, lease in held.items():
        # A purchase in progress is the intent's business, and a young lease may not be listed yet
        settled = lease.state in OWNED_STATES and lease.state_since < now - YOUNG
        if e164 not in listed and settled and not _is_leaving(lease):
            yield _make_finding(account, What.MISSING, _describe_lease(lease), "the carrier does not list it")
        elif _is_idle(account, lease, now):
            yield _make_finding(
                account, What.IDLE, _describe_lease(lease), f"no message for {IDLE_AFTER.days} days"
            )

    refused = Intent.objects.filter(
        lease__account=account, lease__state=Lease.State.QUARANTINED, effect=Intent.Effect.RELEASE
    )
    for intent in refused.filter(state=Intent.State.REFUSED).select_related("lease__number"):
        yield _make_finding(account, What.STUCK, _describe_lease(intent.lease), intent.problem)


def _complete_lease(lease: Lease, number: Owned) -> None:
    """Add the carrier's id and price to a lease that was adopted without them."""
    missing: dict[str, Any] = {}
    if not lease.carrier_ref and number.ref:
        missing["carrier_ref"] = number.ref[:80]
    if not lease.monthly_cost and number.monthly_cost:
        missing |= {"monthly_cost": number.monthly_cost, "currency": number.currency}
        leases.note(
            lease,
            Event.What.PRICED,
            f"{number.monthly_cost} {number.currency} per month",
            actor=Event.Actor.CARRIER,
        )
    if missing:
        Lease.objects.filter(pk=lease.pk).update(**missing)


def _find_just_ended(account: Account, now: datetime) -> set[str]:
    """Numbers that were just released or whose purchase just failed: carriers' lists may lag behind."""
    ended = Q(state__in=[Lease.State.RELEASED, Lease.State.FAILED], state_since__gte=now - YOUNG)
    return set(account.leases.filter(ended).values_list("number__e164", flat=True))


def _find_failed_purchase(account: Account, e164: str) -> Lease | None:
    """The last lease of a number if its purchase failed: a carrier may carry out an order it reported as refused."""
    last = account.leases.filter(number__e164=e164).order_by("-pk").first()
    return last if last and last.state == Lease.State.FAILED else None


def _is_leaving(lease: Lease) -> bool:
    """Whether a number is being released: the carrier may have dropped it already."""
    return lease.intents.filter(effect=Intent.Effect.RELEASE).exclude(state=Intent.State.REFUSED).exists()


def _is_idle(account: Account, lease: Lease, now: datetime) -> bool:
    """Whether a number is paid for, but has received nothing for `IDLE_AFTER`."""
    # A SIM in one's own phone costs nothing while it is quiet
    paid = lease.monthly_cost or Feature.BUY in carriers.features(account.carrier)
    if lease.state != Lease.State.ACTIVE or not paid or not lease.leased_at:
        return False
    last = lease.number.last_message_at or lease.leased_at
    # The last message may be from an earlier lease
    return max(last, lease.leased_at) < now - IDLE_AFTER


def _describe_lease(lease: Lease) -> Owned:
    """A lease as its carrier would list it."""
    return Owned(
        lease.carrier_ref, lease.number.e164, monthly_cost=lease.monthly_cost, currency=lease.currency
    )


def _make_finding(account: Account, what: Finding.What, number: Owned, detail: str) -> Finding:
    """A difference that is not stored yet."""
    return Finding(
        account=account,
        what=what,
        e164=number.e164,
        carrier_ref=number.ref,
        detail=detail,
        monthly_cost=number.monthly_cost,
        currency=number.currency,
    )


def _strip_fragment(url: str) -> str:
    """An address without the fragment, in which Twilio keeps connection settings."""
    return url.partition("#")[0].rstrip("/")
