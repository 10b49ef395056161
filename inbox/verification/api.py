"""Verifications in the API: send a one-time code, and check it once."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from ninja import Path, Router, Status
from pydantic import Field

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, not_found
from inbox.api.schemas import E164, Input, Moment, Output
from inbox.api.scopes import Scope
from inbox.verification import verifications
from inbox.verification.codes import Alphabet
from inbox.verification.models import Verification
from inbox.verification.texts import Language
from inbox.verification.verifications import MOST_CHECKS, Asked, Wording

VerificationId = Annotated[UUID, Path(description="The verification's `id`")]
router = Router(tags=["Verifications"])
_PROBLEMS = (
    Code.BUDGET_EXCEEDED,
    Code.NO_NUMBERS,
    Code.OPTED_OUT,
    Code.COUNTRY_NOT_ALLOWED,
    Code.TOO_MANY_CODES,
)


class VerificationIn(Input):
    """Whom to send a code, and how its message is written."""

    to: E164
    sender: Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{2,14}|[A-Za-z0-9 ]{1,11})$")] | None = Field(
        default=None,
        alias="from",
        description="A number of yours that was never public, or a name; without it one is chosen",
        examples=["+15005550006"],
    )
    language: Language = "en"
    brand: str = Field(
        default="our", pattern=r"^[^\x00-\x1f{}]{1,30}$", description="Whose code it is", examples=["ACME"]
    )
    host: str = Field(
        default="",
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$|^$",
        max_length=100,
        description="The site that browsers fill the code in on",
        examples=["login.example.org"],
    )
    app_hash: str = Field(
        default="", pattern=r"^([A-Za-z0-9+/]{11})?$", description="Of an Android app, for its SMS Retriever"
    )
    length: int = Field(default=6, ge=4, le=10)
    alphabet: Alphabet = "digits"


class CheckIn(Input):
    """What somebody typed."""

    code: str = Field(max_length=40, examples=["482913"])


class CheckOut(Output):
    """Whether it was the code. An unknown verification, and one that is over, have the same answer as a wrong code."""

    valid: bool


class VerificationOut(Output):
    """A verification; its code is known to its recipient only."""

    id: UUID
    to: str = Field(examples=["+14155550199"])
    state: Literal["pending", "approved", "failed", "canceled", "expired"]
    sends: int
    tries_left: int
    created_at: Moment
    next_send_at: Moment = Field(description="When the code may be sent again")
    expires_at: Moment


@router.post(
    "/verifications",
    response={201: VerificationOut},
    by_alias=True,
    operation_id="startVerification",
    summary="Send a code",
)
@needs(Scope.VERIFY, once=True, problems=_PROBLEMS)
def start_verification(request: ApiRequest, verification: VerificationIn) -> Status[Any]:
    """Send a new code, which is valid for ten minutes and five tries."""
    wording = Wording(
        verification.language,
        verification.brand,
        verification.host,
        verification.app_hash,
        verification.length,
        verification.alphabet,
    )
    asked = Asked(verification.to, wording, verification.sender or "")
    with transaction.atomic():
        return Status(201, _describe_verification(verifications.start(request.principal, asked)))


@router.get(
    "/verifications/{verification_id}",
    response=VerificationOut,
    operation_id="getVerification",
    summary="Get a verification",
)
@needs(Scope.VERIFY, problems=[Code.NOT_FOUND])
def get_verification(request: ApiRequest, verification_id: VerificationId) -> dict[str, Any]:
    """A verification that your key started."""
    own = Verification.objects.filter(owner=request.principal.owner, pk=verification_id)
    return _describe_verification(own.first())


@router.post(
    "/verifications/{verification_id}/check",
    response=CheckOut,
    operation_id="checkVerification",
    summary="Check a code",
)
@needs(Scope.VERIFY)
def check_verification(
    request: ApiRequest, verification_id: VerificationId, check: CheckIn
) -> dict[str, Any]:
    """Whether this is the code. It is valid once, however many check it at the same time."""
    return {"valid": verifications.check(request.principal.owner, verification_id, check.code)}


@router.post(
    "/verifications/{verification_id}/resend",
    response=VerificationOut,
    operation_id="resendVerification",
    summary="Send a code again",
)
@needs(Scope.VERIFY, once=True, problems=[*_PROBLEMS, Code.NOT_FOUND, Code.TOO_LATE])
def resend_verification(request: ApiRequest, verification_id: VerificationId) -> dict[str, Any]:
    """Send a new code; the one before it stays valid, the tries go on being counted, and the ten minutes go on."""
    with transaction.atomic():
        return _describe_verification(verifications.resend(request.principal, verification_id))


@router.delete(
    "/verifications/{verification_id}",
    response=VerificationOut,
    operation_id="cancelVerification",
    summary="Cancel a verification",
)
@needs(Scope.VERIFY, problems=[Code.NOT_FOUND])
def cancel_verification(request: ApiRequest, verification_id: VerificationId) -> dict[str, Any]:
    """Have its code be valid no more."""
    return _describe_verification(verifications.cancel(request.principal.owner, verification_id))


def _describe_verification(verification: Verification | None) -> dict[str, Any]:
    if verification is None:
        raise not_found()
    return {
        "id": verification.pk,
        "to": verification.recipient,
        "state": verifications.state_of(verification, timezone.now()),
        "sends": verification.sends,
        "tries_left": max(0, MOST_CHECKS - verification.checks),
        "created_at": verification.created_at,
        "next_send_at": verification.next_send_at,
        "expires_at": verification.expires_at,
    }
