"""What the simulated world writes: login codes, notices, reminders and chatter in many languages and scripts.

All brands and people are invented. In a template `{6}` is a random code of six digits (the same one wherever it
stands twice), `{3-3}` one with a hyphen, `{6a}` one of letters and digits; `{6٠}`, `{6०}` and `{6０}` are written in
Arabic, Devanagari and full-width digits. `{time}`, `{day}`, `{amount}`, `{order}` and `{name}` are what they say.
"""

import random
import re
from dataclasses import dataclass

from numbers.carriers.leasing import Kind
from numbers.carriers.simulated.stock import NUMBERS
from tempsms.lib import gsm7

PERSON, SHORT = "person", "short"
"""Senders that are generated for each message: a number reserved for fiction, or a short code. Others are names."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of message: language (ISO 639-1), who sends it, the text, and whether it brings a code to type in."""

    language: str
    sender: str
    text: str
    code: bool = False


def _code_templates(*lines: tuple[str, str, str]) -> list[Template]:
    return [Template(*line, code=True) for line in lines]


def _other_templates(*lines: tuple[str, str, str]) -> list[Template]:
    return [Template(*line) for line in lines]


TEMPLATES = (
    *_code_templates(
        ("en", "Norvane", "Your Norvane verification code is {6}. It expires in 10 minutes."),
        ("en", SHORT, "{6} is your Plumbox login code. Don't share it with anyone."),
        ("en", "Quillo", "Q-{6} is your Quillo verification code."),
        ("en", SHORT, "Use {3-3} to sign in to Tidewell. We will never ask you for this code."),
        ("en", "Brightomo", "Brightomo: enter {3 3} to confirm your new phone."),
        ("en", "Larkpay", "Larkpay code: {4}. Valid for 5 min. Not you? Reply STOP."),
        ("en", "Fernhold", "Your one-time passcode for order {order} is {8}."),
        ("en", SHORT, "<#> Your Moxley code is: {6}\nFA+9qCX9VSu"),
        ("en", "Oakrise", "{6} is your Oakrise code.\n\n@oakrise.example #{6}"),
        ("en", "Vestable", "Vestable security code: {6a}. Case does not matter."),
        (
            "en",
            "HarlowBank",
            "Harlow Bank: to approve a payment of {amount} EUR to Copper Kettle Ltd enter code {6} in the app. If this "
            "wasn't you, call the number on your card. We never ask for this code by phone or e-mail.",
        ),
        ("de", "Wolkenhaus", "Ihr Wolkenhaus-Bestätigungscode lautet {6}. Er gilt 10 Minuten."),
        (
            "de",
            "Kranichbank",
            "TAN {6} für Ihre Überweisung über {amount} EUR. Geben Sie sie niemandem weiter.",
        ),
        (
            "fr",
            "Tournelle",
            "Votre code Tournelle : {3 3}. Ne le communiquez à personne, même à notre équipe.",
        ),
        ("es", "Mirabolsa", "{6} es tu código de acceso a Mirabolsa. Caduca en 5 minutos."),
        ("it", "Cartolea", "Cartolea: il tuo codice è {5}. Non condividerlo con nessuno."),
        ("pt", "Folhaviva", "Folhaviva: use o código {6} para entrar. Não o partilhe."),
        ("nl", "Grachtgoed", "Uw Grachtgoed-code is {6}. Deel deze code met niemand."),
        ("sv", "Lingonet", "Din engångskod hos Lingonet är {4}. Lämna aldrig ut den."),
        ("pl", "Zielonka", "Twój kod Zielonka to {6}. Ważny przez 3 minuty. Nie udostępniaj go nikomu."),
        ("tr", "Mavikutu", "Mavikutu doğrulama kodunuz: {6}. Kimseyle paylaşmayın."),
        ("ru", "Belokray", "Код подтверждения Белокрай: {6}. Никому его не сообщайте."),
        ("uk", "Sonechko", "Ваш код входу до «Сонечка»: {4}. Дійсний 5 хвилин."),
        ("el", "Thalassio", "Ο κωδικός σας για το Thalassio είναι {6}. Λήγει σε 10 λεπτά."),
        ("ar", "Nakhlati", "رمز التحقق الخاص بك في نخلتي هو {6٠}. لا تشاركه مع أي شخص."),
        ("ar", SHORT, "{6} هو رمز الدخول إلى حساب واحتي. ينتهي خلال ٥ دقائق."),
        ("he", "Tapuzit", "קוד האימות שלך לתפוזית הוא {6}. אין למסור אותו לאיש."),
        ("fa", "Golbarg", "کد ورود شما به گلبرگ: {5}"),
        ("hi", "PHOOLG", "फूलघर के लिए आपका ओटीपी {6०} है। इसे किसी के साथ साझा न करें।"),
        ("th", "Bualuang", "รหัส OTP ของคุณสำหรับบัวหลวงคือ {6} ใช้ได้ภายใน 3 นาที"),
        ("zh", SHORT, "【青竹网】您的验证码是{6}，5分钟内有效。请勿泄露给他人。"),
        ("ja", "Hanamori", "はなもり 認証コード：{6０}\n10分以内に入力してください。"),
        ("ko", SHORT, "[달빛마켓] 인증번호 [{6}]를 입력해 주세요."),
        ("vi", "SenHong", "Ma xac thuc Sen Hong cua ban la {6}. Khong chia se ma nay."),
        ("id", "Warunghi", "Kode OTP Warunghi Anda: {4}. JANGAN berikan kepada siapa pun."),
    ),
    *_other_templates(
        (
            "en",
            "ParcelPip",
            "Your parcel {order} is out for delivery and should reach you {day} before {time}. 📦",
        ),
        ("en", "Drs Ambler", "Reminder: {name}, you have an appointment with Dr Ambler on {day} at {time}."),
        ("en", PERSON, "Running late, be there at {time}. Start without me!"),
        ("en", PERSON, "did you see the sunset?? 😍🌅🌅 call me"),
        ("en", PERSON, "👍🏽"),
        ("en", "HarlowBank", "Card ending 4471: {amount} EUR spent at Copper Kettle Ltd. Balance updated."),
        (
            "en",
            PERSON,
            "Hi {name}, this is about the flat on Juniper Lane. The viewing is on {day} at {time}. Please ring the "
            "second bell from the top, the first one has been broken since spring. Bring an ID and, if you have "
            "them, your last three payslips. The cat is friendly but must not get into the stairwell, however "
            "convincingly she asks. If anything comes up, write to me here and we will find another day.",
        ),
        ("de", "Bahnhofcafe", "Hallo {name}, dein Tisch ist {day} um {time} reserviert. Wir freuen uns!"),
        ("de", PERSON, "Bin gleich da, stehe noch im Stau 🙄"),
        (
            "fr",
            "Colibris",
            "Votre colis {order} vous attend au point relais jusqu'à {day}. Pensez à votre pièce d'identité.",
        ),
        ("fr", PERSON, "Coucou {name} ! On se retrouve à {time} devant le marché ?"),
        (
            "es",
            "ClinicaSol",
            "Le recordamos su cita del {day} a las {time}. Responda 1 para confirmar o 2 para anularla.",
        ),
        ("it", PERSON, "Mamma chiede se {day} vieni a pranzo. Fa le lasagne 😋"),
        ("ru", PERSON, "Привет! Встречаемся в {time} у фонтана, не опаздывай :)"),
        ("ar", "Tawseel", "شحنتك رقم {order} في الطريق إليك، موعد التسليم {time}."),
        ("he", PERSON, "היי {name}, מגיעים ב-{time}. להביא משהו?"),
        ("zh", "Qingniao", "【青鸟快递】您的包裹{order}已到达驿站，请于今日{time}前领取。"),
        ("ja", PERSON, "今から帰るね。{time}ごろ着くと思う！🍙"),
        ("hi", PERSON, "नमस्ते {name}, मैं {time} तक पहुँच जाऊँगा।"),
        ("sv", "Vinterbuss", "Din buss {order} avgår {day} kl. {time} från läge B. Trevlig resa!"),
    ),
)

_PEOPLE = [e164 for e164, block in NUMBERS.items() if block.kind != Kind.TOLL_FREE]
_NAMES = ("Mira", "Jonas", "Aylin", "Tomé", "Ingrid", "Paolo", "Noor", "Zoë")
_ZEROS = {"٠": 0x660, "०": 0x966, "０": 0xFF10}
_BLANK = re.compile(r"\{([^{}]+)\}")


def compose(rng: random.Random) -> tuple[str, str]:
    """Sender and text of a random message; two of three bring a code."""
    wanted = rng.random() < 2 / 3
    template = rng.choice([one for one in TEMPLATES if one.code == wanted])
    return sender(template, rng), fill(template.text, rng)


def sender(template: Template, rng: random.Random) -> str:
    """Who sends it: letters, a short code, or a number from a range set aside for fiction."""
    if template.sender == PERSON:
        return rng.choice(_PEOPLE)
    return str(rng.randint(20000, 89999)) if template.sender == SHORT else template.sender


def fill(text: str, rng: random.Random) -> str:
    """The text with its blanks filled in."""
    # Once for each blank: a code that a text repeats must be the same both times
    filled = {blank: _pick_word(blank, rng) for blank in _BLANK.findall(text)}
    return _BLANK.sub(lambda match: filled[match[1]], text)


def segments(text: str) -> int:
    """What a message is billed as (3GPP TS 23.038): 160 septets or 70 UTF-16 units, 153 or 67 each if it is longer."""
    if gsm7.fits(text):
        sizes, one, many = [len(gsm7.encode(char)) for char in text], 160, 153
    else:
        sizes, one, many = [1 + (char > "\uffff") for char in text], 70, 67
    if sum(sizes) <= one:
        return 1
    segments, room = 1, many
    for size in sizes:  # no character is cut in two
        if size > room:
            segments, room = segments + 1, many
        room -= size
    return segments


def _pick_word(blank: str, rng: random.Random) -> str:
    if blank[0].isdigit():
        return _make_code(blank, rng)
    words = {
        "time": f"{rng.randint(7, 21)}:{rng.randrange(0, 60, 5):02}",
        "day": f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.",
        "amount": f"{rng.randint(1, 899)}.{rng.randint(0, 99):02}",
        "order": f"{rng.choice('ABKLMX')}{rng.choice('CDPRZ')}{rng.randint(1000, 99999)}",
        "name": rng.choice(_NAMES),
    }
    return words[blank]


def _make_code(blank: str, rng: random.Random) -> str:
    """Each digit of the blank stands for so many random ones; a mark behind says in what script."""
    mark = blank[-1]
    if mark == "a":
        letters = rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=int(blank[0]) - 3)
        return "".join(rng.sample([*letters, *rng.choices("23456789", k=3)], k=int(blank[0])))
    zero = _ZEROS.get(mark, ord("0"))
    shape = blank.rstrip("".join(_ZEROS))
    return re.sub(
        r"\d", lambda count: "".join(chr(zero + rng.randrange(10)) for _ in range(int(count[0]))), shape
    )
