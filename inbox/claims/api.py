"""Claims in the API."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from inbox.api.operations import ApiRequest, needs
from inbox.api.pagination import PageFilter, page
from inbox.api.problems import Code, Problem, invalid, not_found
from inbox.api.schemas import Input, Moment, OurNumber, Output
from inbox.api.scopes import Scope
from inbox.claims import claims, waiting
from inbox.claims.claims import LONGEST, SHORTEST, USUAL, TooManyClaims
from inbox.claims.models import Claim
from inbox.live import waits
from inbox.live.api import Timeout, WaitOut, describe_outcome, name_of, read_filter, refusals
from inbox.messages import readable
from inbox.messages.api_schemas import Fields
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import LONGEST_SENDER
from inbox.text.patterns import LONGEST as LONGEST_PATTERN

router = Router(tags=["Claims"])


class ClaimIn(Input):
    """What is claimed: the next message on a number, or of a rental, that matches."""

    number: OurNumber | None = None
    rental: int | None = Field(None, ge=1, lt=2**63, description="Instead of a number")
    sender: str = Field("", alias="from", max_length=LONGEST_SENDER, examples=["ACME"])
    match: str = Field(
        "", max_length=LONGEST_PATTERN, description="An RE2 pattern", examples=["ada@example\\.org"]
    )
    require: Literal["code"] | None = None
    ttl: int = Field(
        int(USUAL.total_seconds()),
        ge=int(SHORTEST.total_seconds()),
        le=int(LONGEST.total_seconds()),
        description="Seconds; later messages are not for this claim",
    )


class ClaimOut(Output):
    """A claim."""

    id: UUID
    number: str
    rental: int | None
    sender: str = Field(alias="from")
    match: str
    require: Literal["code"] | None
    created_at: Moment
    expires_at: Moment
    message_id: int | None = Field(description="The message that it received")


class ClaimList(Output):
    """A page of claims."""

    claims: list[ClaimOut]
    next_cursor: str | None


@router.post(
    "/claims",
    response={201: ClaimOut},
    by_alias=True,
    operation_id="createClaim",
    summary="Claim the next message",
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND, Code.TOO_MANY_CLAIMS], once=True)
def create_claim(request: ApiRequest, claim: ClaimIn) -> Status[dict[str, Any]]:
    """Of all claims on a number, the oldest that matches gets a message, and no other does.

    Claim before you have the message sent: what came earlier is not for this claim. What comes before you wait is.
    Give an `Idempotency-Key` if you make requests again: a second claim would take the next test's message.
    """
    wanted = read_filter(claim.sender, claim.match, claim.require, "body")
    inbox = _find_inbox(request, claim)
    try:
        lasts = timedelta(seconds=claim.ttl)
        made = claims.create(request.principal.owner, inbox, wanted, lasts)
    except TooManyClaims:
        raise Problem(Code.TOO_MANY_CLAIMS, headers={"Retry-After": "30"}) from None
    return Status(201, _describe_claim(made, inbox.e164))


@router.get(
    "/claims", response=ClaimList, by_alias=True, operation_id="listClaims", summary="List open claims"
)
@needs(Scope.MESSAGES_READ)
def list_claims(request: ApiRequest, wanted: Annotated[PageFilter, Query()]) -> dict[str, Any]:
    """The claims of your key that may still receive a message, the oldest first, as they are served."""
    found, cursor = page(claims.find_open(request.principal.owner), wanted.cursor, wanted.limit)
    return {
        "claims": [_describe_claim(claim, claim.number.e164) for claim in found],
        "next_cursor": cursor,
    }


@router.get(
    "/claims/{claim_id}/wait",
    response=WaitOut,
    by_alias=True,
    operation_id="waitForClaim",
    summary="Wait for a claim's message",
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
async def wait_for_claim(
    request: ApiRequest, claim_id: UUID, seconds: Timeout = waits.LONGEST, fields: Fields = None
) -> HttpResponse:
    """Answers as soon as the claim has its message, at once if it has it already, and again with the same one.

    With null when the time is over, or the claim's; `seen` then has what came and was not for it.
    """
    with refusals():
        outcome = await waiting.wait(name_of(request), request.principal.owner, claim_id, seconds)
    return describe_outcome(outcome, fields)


@router.get(
    "/claims/{claim_id}", response=ClaimOut, by_alias=True, operation_id="getClaim", summary="Read a claim"
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
def get_claim(request: ApiRequest, claim_id: UUID) -> dict[str, Any]:
    """Whether it has its message, as far as somebody has waited since that came."""
    claim = _find_claim(request, claim_id)
    return _describe_claim(claim, claim.number.e164)


@router.delete(
    "/claims/{claim_id}", response={204: None}, operation_id="deleteClaim", summary="Give up a claim"
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
def delete_claim(request: ApiRequest, claim_id: UUID) -> Status[None]:
    """What comes is for other claims. What it has got is not."""
    claims.drop(_find_claim(request, claim_id))
    return Status(204, None)


def _find_inbox(request: ApiRequest, claim: ClaimIn) -> Inbox:
    if claim.number is not None and claim.rental is not None:
        raise invalid("rental", "cannot be combined with number")
    if claim.number is not None:
        inbox = readable.find_of_number(request.principal, claim.number)
    elif claim.rental is not None:
        inbox = readable.find_of_rental(request.principal, claim.rental)
    else:
        raise invalid("number", "is required, or rental", code="missing")
    if inbox is None:
        raise not_found()
    return inbox


def _find_claim(request: ApiRequest, key: UUID) -> Claim:
    own = Claim.objects.select_related("number").filter(owner=request.principal.owner, dropped=False)
    claim = own.filter(key=key).first()
    if claim is None:
        raise not_found()
    return claim


def _describe_claim(claim: Claim, e164: str) -> dict[str, Any]:
    return {
        "id": claim.key,
        "number": e164,
        "rental": claim.rental_id,
        "from": claim.sender,
        "match": claim.match,
        "require": "code" if claim.needs_code else None,
        "created_at": claim.created_at,
        "expires_at": claim.expires_at,
        "message_id": claim.message_id,
    }
