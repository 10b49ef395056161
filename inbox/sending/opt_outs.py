"""Who wants no messages: STOP and its words in many languages, honoured by every way of sending."""

import re
from collections.abc import Collection, Sequence

from django.db import connection

from inbox.messages.redaction import shown_sender
from inbox.sending.models import OptOut
from inbox.text.folding import fold
from tempsms.lib import vault

# CTIA's Messaging Principles and Best Practices, 5.1.3, and the words that people write in their own languages
STOP = (
    "stop, stopall, unsubscribe, cancel, end, quit, optout, opt out, stop all, revoke,"  # English
    "arret, arreter, desabonner, stopp, abmelden, abbestellen, basta, cancella, cancellami, disiscrivi,"
    "alto, parar, baja, cancelar, detener, pare, sair, descadastrar, afmelden, uitschrijven, stoppen,"
    "avsluta, avregistrera, avslutt, avmeld, afmeld, lopeta, peruuta, rezygnuje, wypisz, zrezygnuj,"
    "odhlasit, zrusit, odhlas, leallit, leiratkozas, dezabonare, opreste, otkazi, odjava, odjavi,"
    "otpisi me, durdur, iptal, ret, berhenti, henti, huy, tuchoi, dung, acha, atsisakyti, loobun, atteikties,"
    "стоп, отписаться, отмена, отписка, стій, відписатися, спри, откажи, στοπ, διακοπη, διαγραφη,"
    "הסר, עצור, توقف, ايقاف, قف, الغاء, لغو, रोकें, बंद, বন্ধ, หยุด, ยกเลิก, 停止, 退订, 取消, 退訂, 停止配信, 配信停止,"
    "중지, 수신거부, 취소, dayan, toxtat, stop please, please stop"
)
START = "start, unstop, yes, subscribe, start again, старт, 开始, 開始, 시작, demarrer, comenzar, iniciar, anfangen"
# A longer text that begins with such a word says something else
_LONGEST = 40
# What a person wrote to whom we have written, the shortest way in which a person says that
_FIND = """
SELECT m.sender, n.e164, m.body FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id
WHERE m.id = ANY(%s) AND m.direction = 'in' AND length(m.body) <= %s
    AND EXISTS (SELECT FROM sending_outgoingmessage o WHERE o.recipient = m.sender)
ORDER BY m.id
"""
# Signs of several scripts, around words and in them: people write "STOP!", «стоп» and opt-out
_AROUND = re.compile(r"[\s!.,;:¡¿?\"'«»“”„()*_\-–—/،。！]+")


def read_wish(text: str) -> bool | None:
    """Whether a text asks for messages (True) or for none (False); None if it says neither."""
    if len(text) > _LONGEST:
        return None
    plain = _make_plain(text)
    return False if plain in _STOP else True if plain in _START else None


def note(message_ids: Sequence[int]) -> None:
    """Note what messages ask for: the newest wish of a person counts."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(message_ids), _LONGEST])
        found = cursor.fetchall()
    # In the order of their ids: of STOP and START in one batch the later one counts
    for person, told, body in found:
        wish = read_wish(body)
        if wish is False:
            noted = {"word": body.strip()[:_LONGEST], "told": told, "shown": shown_sender(person)[:40]}
            # The first wish stays noted: what was written, when, and to which number
            OptOut.objects.get_or_create(person=_hash_person(person), defaults=noted)
        elif wish:
            OptOut.objects.filter(person=_hash_person(person)).delete()


def find(e164s: Collection[str]) -> set[str]:
    """Those of some numbers whose owners want no messages."""
    by_hash = {_hash_person(e164): e164 for e164 in e164s}
    found = OptOut.objects.filter(person__in=by_hash).values_list("person", flat=True)
    return {by_hash[bytes(person)] for person in found}


def _hash_person(e164: str) -> bytes:
    return vault.keyed_hash("opt-out", e164)


def _make_plain(text: str) -> str:
    return _AROUND.sub(" ", fold(text)).strip()


_STOP = frozenset(_make_plain(word) for word in STOP.split(","))
_START = frozenset(_make_plain(word) for word in START.split(","))
