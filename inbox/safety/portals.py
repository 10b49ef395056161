"""Portals of the state, by name and by what they do: phrases that alone are enough for "government", as data.

They are looked up as the words of `words.py` are: PORTALS between blanks, PORTALS_ANYWHERE wherever they are in a text.
"""

from __future__ import annotations

PORTALS: dict[str, str] = {
    "en": (
        "government portal, government account, government service*, citizen portal, citizen account, "
        "citizen services, "
        "e-government, egovernment, public services portal, digital identity, digital id, national id, "
        "national identity, national identification number, tax portal, benefits portal, voter registration, "
        "electoral roll, login gov, id me, gov one login, mygov, mygovid, centrelink, service canada, "
        "cra account, digilocker, umang, singpass, uae pass, ecitizen, nimc, philsys, egovph, fafsa, "
        "studentaid, "
        "medicare account, healthcare gov, food stamps, snap benefits, residence permit, work permit, "
        "driver license renewal, vehicle registration, birth certificate"
    ),
    "de": (
        "bundid*, ausweisapp, burgerkonto, burgerportal, verwaltungsportal, servicekonto, online-ausweis, "
        "i-kfz, "
        "id austria, handy-signatur, finanzonline, agov, rentenversicherung, fuhrerschein*, kindergeld*, "
        "elterngeld*, "
        "aufenthaltstitel, meldebescheinigung, bundesagentur"
    ),
    "fr": (
        "franceconnect, france connect, france titres, service public, portail citoyen, "
        "portail des demarches, "
        "mon compte formation, allocations familiales, impots gouv, identite numerique, itsme, carte vitale, "
        "demarches simplifiees, etat civil, carte grise"
    ),
    "es": (
        "cl@ve, clave permanente, clave pin, clave unica, claveunica, sede electronica, carpeta ciudadana, "
        "certificado digital, imss, infonavit, llave mx, anses, afip, mi argentina, registraduria, "
        "portal ciudadano, "
        "gobierno digital, identidad digital, permiso de conducir, cedula de identidad"
    ),
    "pt": (
        "chave movel digital, autenticacao gov, e-fatura, portal das financas, portal do cidadao, "
        "carteira digital de, "
        "carteira de trabalho, meu inss, conta gov, identidade digital, e-titulo, cnh digital, poupatempo"
    ),
    "it": "cie id, app io, pagopa, portale del cittadino, identita digitale, anagrafe, motorizzazione civile",
    "nl": "mijnoverheid, mijn overheid, eherkenning, rijksoverheid, berichtenbox",
    "pl": "mobywatel*, e-dowod, profil zaufany, gov pl, portal obywatela, uslugi publiczne",
    "tr": "e-devlet kapisi, turkiye gov tr, mobil imza, goc idaresi, interaktif vergi, vatandaslik, "
    "kamu hizmet*",
    "ru": (
        "есиа, портал* госуслуг, мос ру, mos ru, gosuslugi, налогоплательщик*, "
        "электронное правительство, росреестр*, "
        "госпортал, портал государственных услуг, единый портал, соцфонд*, егов, egov kz"
    ),
    "uk": "дія підпис, електронний кабінет, id gov ua, державні послуги",
    "sv": "bankid, skatteverket, forsakringskassan, mina meddelanden, freja eid",
    "da": "mitid, nemid, borger dk, e-boks, digital post",
    "no": "altinn, minid, id-porten, helsenorge, skatteetaten",
    "fi": "suomi fi, omavero, kela fi",
    "id": (
        "dukcapil, djp online, npwp, bpjs*, satusehat, layanan publik, identitas kependudukan, "
        "kartu keluarga, e-ktp, "
        "m-paspor, layanan pemerintah, kemendagri, nomor induk kependudukan"
    ),
    "ms": "mydigital id, myjpj, kad pengenalan",
    "vi": "dich vu cong quoc gia, dinh danh dien tu, cong dich vu cong",
    "ja": "e-tax, eltax, gbizid",
}

PORTALS_ANYWHERE: dict[str, str] = {
    "zh": (
        "政务服务, 政務服務, 一网通办, 粤省事, 浙里办, 随申办, 电子社保, 国家医保, 市民云, 电子政务, "
        "政府门户, 出入境, 居住证, "
        "自然人憑證, 健保快易通, 監理服務, 智方便, 交管12123"
    ),
    "ja": (
        "マイナポータル, マイナンバーカード, 電子申請, 行政手続, デジタル庁, ねんきんネット, "
        "ハローワーク, 公的個人認証, 住民票, 在留カード"
    ),
    "ko": "모바일 신분증, 복지로, 고용24, 위택스, 민원24, 공공기관, 행정안전부, 디지털원패스, 정부 포털",
    "ar": (
        "النفاذ الوطني, توكلنا, الهوية الرقمية, الخدمات الحكومية, الحكومة الالكترونية, بوابة الحكومة, "
        "التامينات الاجتماعية, "
        "حساب المواطن, رخصة القيادة"
    ),
    "fa": "درگاه ملی, پنجره ملی خدمات, دولت هوشمند, خدمات دولت",
    "he": "ההזדהות הלאומית, האזור האישי הממשלתי, שירותי ממשל",
    "hi": "डिजीलॉकर, सरकारी पोर्टल, सरकारी सेवा, नागरिक सेवा, परिवहन विभाग, पहचान पत्र",
    "th": "ทางรัฐ, บริการภาครัฐ, ดิจิทัลไอดี",
}
