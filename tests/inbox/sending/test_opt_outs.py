"""Who writes STOP, in whatever language, gets nothing more by any way, until START."""

import pytest

from inbox import outbox
from inbox.api.principals import Principal
from inbox.api.problems import Problem
from inbox.models import Outbox
from inbox.sending import dispatch, opt_outs
from inbox.sending.models import OptOut
from numbers.models import Lease
from tests.factories import make_message
from tests.fake_carrier import FakeCarrier
from tests.inbox.sending.conftest import PERSON, accept, states

pytestmark = pytest.mark.django_db(transaction=True)


def receive(lease: Lease, body: str, sender: str = PERSON) -> None:
    """Have a person write to one of our numbers."""
    message = make_message(lease, body, sender=sender, public=False)
    Outbox.objects.create(message_ids=[message.pk])
    outbox.relay()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "stop.",
            " Stop! ",
            "STOP ALL",
            "Unsubscribe",
            "ARRÊT",
            "Stopp",
            "BAJA",
            "sair",
            "afmelden",
        ),
        *(
            "avsluta",
            "afmeld",
            "lopeta",
            "wypisz",
            "odhlásit",
            "leállít",
            "dezabonare",
            "odjava",
            "iptal",
            "berhenti",
        ),
        *(
            "hủy",
            "стоп",
            "Отписаться",
            "відписатися",
            "στοπ",
            "הסר",
            "توقف",
            "الغاء",
            "रोकें",
            "หยุด",
            "退订",
            "配信停止",
        ),
        *("수신거부", "loobun", "atsisakyti", "dayan"),
    ],
)
def test_stop_is_understood_in_many_languages(text: str) -> None:
    assert opt_outs.read_wish(text) is False


@pytest.mark.parametrize(
    "text", ["Please stop by at 5", "Don't stop", "endless", "Your code is 482913", "", "x" * 41]
)
def test_other_texts_say_nothing(text: str) -> None:
    assert opt_outs.read_wish(text) is None


def test_a_person_who_opted_out_gets_nothing_more_until_start(
    principal: Principal,
    lease: Lease,
    fake: FakeCarrier,
) -> None:
    accept(principal)
    dispatch.send_due()
    accept(principal)
    receive(lease, "STOP")
    with pytest.raises(Problem, match="opted_out"):
        accept(principal)
    dispatch.send_due()
    assert (states(), len(fake.sent)) == (["sent", "failed"], 1), "what waited is not sent either"
    assert PERSON[1:] not in repr(list(OptOut.objects.values()))
    receive(lease, "Start")
    accept(principal)
    dispatch.send_due()
    assert len(fake.sent) == 2


def test_strangers_are_not_noted(principal: Principal, lease: Lease) -> None:
    receive(lease, "STOP", "+14155552672")
    assert OptOut.objects.count() == 0
