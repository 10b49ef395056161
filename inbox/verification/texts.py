"""What a code's message says, in the recipient's language."""

from typing import Literal, get_args

Language = Literal[
    "ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh"
]
LANGUAGES: tuple[str, ...] = get_args(Language)
_TEXTS = {
    "ar": "رمز {brand} الخاص بك هو {code}. لا تشاركه مع أحد.",
    "de": "Ihr Code für {brand}: {code}. Geben Sie ihn niemandem weiter.",
    "en": "Your {brand} code is {code}. Do not share it with anyone.",
    "es": "Tu código de {brand} es {code}. No lo compartas con nadie.",
    "fr": "Votre code {brand} : {code}. Ne le communiquez à personne.",
    "hi": "आपका {brand} कोड {code} है। इसे किसी के साथ साझा न करें।",
    "id": "Kode {brand} Anda adalah {code}. Jangan berikan kepada siapa pun.",
    "it": "Il tuo codice {brand} è {code}. Non comunicarlo a nessuno.",
    "ja": "{brand}の認証コードは{code}です。誰にも教えないでください。",
    "nl": "Je code voor {brand} is {code}. Deel deze met niemand.",
    "pl": "Twój kod {brand}: {code}. Nie udostępniaj go nikomu.",
    "pt": "O seu código {brand} é {code}. Não o partilhe com ninguém.",
    "ru": "Ваш код {brand}: {code}. Никому его не сообщайте.",
    "tr": "{brand} kodunuz: {code}. Kimseyle paylaşmayın.",
    "uk": "Ваш код {brand}: {code}. Нікому його не повідомляйте.",
    "vi": "Mã {brand} của bạn là {code}. Không chia sẻ mã này với bất kỳ ai.",
    "zh": "您的{brand}验证码是{code}。请勿告诉任何人。",
}


def write(code: str, language: str, brand: str, host: str, app_hash: str) -> str:
    """The text of a message with a code.

    With a host it ends with the line by which a browser fills the code in on that site alone
    (https://wicg.github.io/sms-one-time-codes/); with an app's hash, with that by which Android hands it to the app
    (https://developers.google.com/identity/sms-retriever/verify).
    """
    parts = [_TEXTS[language].format(brand=brand, code=code)]
    if host:
        parts += ["", f"@{host} #{code}"]
    return "\n".join([*parts, app_hash] if app_hash else parts)
