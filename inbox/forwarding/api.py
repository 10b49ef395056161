"""Forwards and their deliveries in the API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from ninja import Query, Router, Status

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, Problem, invalid, not_found
from inbox.api.scopes import Scope
from inbox.forwarding import deliveries, targets
from inbox.forwarding.api_schemas import (
    DeliveryList,
    DeliveryOut,
    ForwardChange,
    ForwardIn,
    ForwardList,
    ForwardOut,
    NewForward,
    Outcome,
    ReplayIn,
    ReplayOut,
    SecretOut,
)
from inbox.forwarding.models import Delivery, Rule, Target
from inbox.messages import readable
from numbers.models import Number, Rental

router = Router(tags=["Forwards"])

MOST_RULES = 1000
"""Forwards of one owner."""
_PAGE, _LONGEST_PAGE = 50, 200
Limit = Annotated[int, Query(description="Maximum number of rows", ge=1, le=_LONGEST_PAGE)]
Before = Annotated[int | None, Query(description="List rows older than this one", ge=1, lt=10**18)]


@router.get(
    "/forwards", response=ForwardList, by_alias=True, operation_id="listForwards", summary="List forwards"
)
@needs(Scope.FORWARDS)
def list_forwards(request: ApiRequest, before: Before = None, limit: Limit = _PAGE) -> dict[str, Any]:
    """The forwards of your key, newest first."""
    found = _find_rules(request).order_by("-pk")
    rules = list((found.filter(pk__lt=before) if before else found)[: limit + 1])
    page = rules[:limit]
    return {
        "forwards": [_write_forward(rule) for rule in page],
        "older": page[-1].pk if len(rules) > limit else None,
    }


@router.post(
    "/forwards",
    response={201: NewForward},
    by_alias=True,
    operation_id="createForward",
    summary="Create a forward",
)
@needs(Scope.FORWARDS, once=True, problems=[Code.TOO_MANY_FORWARDS])
def create_forward(request: ApiRequest, forward: ForwardIn) -> Status[Any]:
    """Pass on what arrives from now on. A webhook's secret is in this answer, and in no other one."""
    owner = request.principal.owner
    number, rental = _find_source(request, forward)
    if Rule.objects.filter(owner=owner).count() >= MOST_RULES:
        raise Problem(Code.TOO_MANY_FORWARDS, f"at most {MOST_RULES}")
    try:
        target, secret = targets.ensure(forward.kind, forward.address, owner)
    except targets.TargetRefused as error:
        raise invalid("address", str(error)) from None
    rule = Rule.objects.create(
        owner=owner,
        target=target,
        number=number,
        rental=rental,
        sender=forward.sender,
        text=forward.text,
        codes=forward.codes,
        code_in_subject=forward.code_in_subject,
        whole=False,
    )
    return Status(201, {**_write_forward(_find_rule(request, rule.pk)), "secret": secret or None})


@router.get(
    "/forwards/{forward_id}",
    response=ForwardOut,
    by_alias=True,
    operation_id="getForward",
    summary="Get a forward",
)
@needs(Scope.FORWARDS, problems=[Code.NOT_FOUND])
def get_forward(request: ApiRequest, forward_id: int) -> dict[str, Any]:
    """A forward, and how its target does."""
    return _write_forward(_find_rule(request, forward_id))


@router.patch(
    "/forwards/{forward_id}",
    response=ForwardOut,
    by_alias=True,
    operation_id="changeForward",
    summary="Change a forward",
)
@needs(Scope.FORWARDS, problems=[Code.NOT_FOUND])
@transaction.atomic
def change_forward(request: ApiRequest, forward_id: int, change: ForwardChange) -> dict[str, Any]:
    """Change what is passed on, or whether. Where to and of which number cannot be changed: make another one."""
    rule = _find_rule(request, forward_id)
    given = {
        name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None
    }
    Rule.objects.filter(pk=rule.pk).update(**given)
    if given.get("enabled") and not rule.target.enabled:
        targets.enable(rule.target)
    return _write_forward(_find_rule(request, forward_id))


@router.delete(
    "/forwards/{forward_id}", response={204: None}, operation_id="deleteForward", summary="Delete a forward"
)
@needs(Scope.FORWARDS, problems=[Code.NOT_FOUND])
@transaction.atomic
def delete_forward(request: ApiRequest, forward_id: int) -> Status[None]:
    """Pass nothing on any more. Its deliveries are deleted, and its target with its last forward."""
    rule = _find_rule(request, forward_id)
    Delivery.objects.filter(rule=rule).delete()
    rule.delete()
    Target.objects.filter(pk=rule.target_id, rules=None).delete()
    return Status(204, None)


@router.post(
    "/forwards/{forward_id}/test",
    response={202: DeliveryOut},
    operation_id="testForward",
    summary="Send a test message",
)
@needs(Scope.FORWARDS, once=True, problems=[Code.NOT_FOUND])
def test_forward(request: ApiRequest, forward_id: int) -> Status[Any]:
    """Send a made-up message, once, even if the target is disabled. Its delivery says what becomes of it."""
    delivery = targets.send_test(_find_rule(request, forward_id))
    return Status(202, _write_delivery(_find_delivery(request, delivery.public_id)))


@router.post(
    "/forwards/{forward_id}/replay",
    response={202: ReplayOut},
    operation_id="replayForward",
    summary="Deliver the messages of a period again",
)
@needs(Scope.FORWARDS, once=True, problems=[Code.NOT_FOUND])
def replay_forward(request: ApiRequest, forward_id: int, replay: ReplayIn) -> Status[Any]:
    """Deliver again what was received in a time, and what was missed then, as far as the messages are still kept.

    Each delivery keeps its id. The newest 10,000 messages of the time are considered.
    """
    rule = _find_rule(request, forward_id)
    if replay.until <= replay.since:
        raise invalid("until", "must be after since")
    return Status(202, {"count": deliveries.replay_range(rule.pk, replay.since, replay.until)})


@router.post(
    "/forwards/{forward_id}/secret",
    response={201: SecretOut},
    operation_id="rotateForwardSecret",
    summary="Create a new secret",
)
@needs(Scope.FORWARDS, once=True, problems=[Code.NOT_FOUND, Code.NO_SECRET])
def rotate_forward_secret(request: ApiRequest, forward_id: int) -> Status[Any]:
    """Give the webhook of a forward a new secret. The one before signs too for 24 hours."""
    rule = _find_rule(request, forward_id)
    try:
        return Status(201, {"secret": targets.rotate_secret(rule.target)})
    except targets.TargetRefused as error:
        raise Problem(Code.NO_SECRET, str(error)) from None


@router.get("/deliveries", response=DeliveryList, operation_id="listDeliveries", summary="List deliveries")
@needs(Scope.FORWARDS)
def list_deliveries(
    request: ApiRequest,
    forward: Annotated[
        int | None, Query(description="Only deliveries of this forward", ge=1, lt=10**18)
    ] = None,
    outcome: Annotated[Outcome | None, Query(description="Only deliveries with this outcome")] = None,
    before: Before = None,
    limit: Limit = _PAGE,
) -> dict[str, Any]:
    """The deliveries of your key's forwards, newest first, each with its last attempts."""
    found = _find_deliveries(request).order_by("-pk")
    if forward is not None:
        found = found.filter(rule_id=forward)
    if outcome is not None:
        found = found.filter(outcome="" if outcome == "waiting" else outcome)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: limit + 1])
    page = rows[:limit]
    return {
        "deliveries": [_write_delivery(delivery) for delivery in page],
        "older": page[-1].pk if len(rows) > limit else None,
    }


@router.get(
    "/deliveries/{delivery_id}", response=DeliveryOut, operation_id="getDelivery", summary="Get a delivery"
)
@needs(Scope.FORWARDS, problems=[Code.NOT_FOUND])
def get_delivery(request: ApiRequest, delivery_id: str) -> dict[str, Any]:
    """A delivery, with its last attempts."""
    return _write_delivery(_find_delivery(request, delivery_id))


@router.post(
    "/deliveries/{delivery_id}/replay",
    response={202: DeliveryOut},
    operation_id="replayDelivery",
    summary="Deliver again",
)
@needs(Scope.FORWARDS, once=True, problems=[Code.NOT_FOUND])
def replay_delivery(request: ApiRequest, delivery_id: str) -> Status[Any]:
    """Deliver a message again, under the same id. One that waits for its next try stays as it is."""
    deliveries.replay_one(_find_delivery(request, delivery_id))
    return Status(202, _write_delivery(_find_delivery(request, delivery_id)))


def _find_source(request: ApiRequest, forward: ForwardIn) -> tuple[Number | None, Rental | None]:
    """The number or the rental of a new rule: only what its key may read."""
    principal = request.principal
    if forward.number is not None and forward.rental is not None:
        raise invalid("rental", "cannot be combined with number")
    rental_id = forward.rental
    if forward.number is not None:
        inbox = readable.find_of_number(principal, forward.number)
        if inbox is None:
            raise invalid("number", "is not a number that you may read")
        if not inbox.private:
            return Number.objects.get(pk=inbox.number_id), None
        rental_id = inbox.rental_id
    if rental_id is not None:
        rental = principal.rentals().not_over().filter(pk=rental_id).first()
        if rental is None:
            raise invalid("rental", "is not a rental of yours that lasts")
        return None, rental
    if principal.bound_to is not None:
        raise invalid("number", "is required, as your key is for certain numbers")
    return None, None


def _find_rules(request: ApiRequest) -> QuerySet[Rule]:
    own = Rule.objects.filter(owner=request.principal.owner)
    return own.select_related("target", "number")


def _find_rule(request: ApiRequest, forward_id: int) -> Rule:
    rule = _find_rules(request).filter(pk=forward_id).first() if 0 < forward_id < 2**63 else None
    if rule is None:
        raise not_found()
    return rule


def _find_deliveries(request: ApiRequest) -> QuerySet[Delivery]:
    return Delivery.objects.filter(rule__owner=request.principal.owner).select_related("target")


def _find_delivery(request: ApiRequest, delivery_id: str) -> Delivery:
    try:
        key = UUID(delivery_id.removeprefix("dlv_"))
    except ValueError:
        raise not_found() from None
    delivery = _find_deliveries(request).filter(key=key).first()
    if delivery is None:
        raise not_found()
    return delivery


def _write_forward(rule: Rule) -> dict[str, Any]:
    target = rule.target
    return {
        "id": rule.pk,
        "number": rule.number.e164 if rule.number else None,
        "rental": rule.rental_id,
        "sender": rule.sender,
        "text": rule.text,
        "codes": rule.codes,
        "code_in_subject": rule.code_in_subject,
        "enabled": rule.enabled,
        "created_at": rule.created_at,
        "target": {
            "kind": target.kind,
            "address": target.shown,
            "enabled": target.enabled,
            "problem": target.problem,
            "disabled_at": target.disabled_at,
            "succeeded_at": target.succeeded_at,
            "failures": target.failures,
        },
    }


def _write_delivery(delivery: Delivery) -> dict[str, Any]:
    next_try: datetime | None = delivery.next_try
    return {
        "id": delivery.public_id,
        "forward": delivery.rule_id,
        "message": delivery.message_id,
        "sequence": delivery.sequence,
        "outcome": delivery.outcome or "waiting",
        "status": delivery.status,
        "note": delivery.note,
        "tries": delivery.tries,
        "created_at": delivery.created_at,
        "settled_at": delivery.settled_at,
        "next_try_at": next_try,
        "attempts": delivery.entries(),
    }
