"""Names of institutions: senders whose messages are about money, health or the state, as data.

A name is looked for in the sender's field and where texts are signed (`signatures.py`). "*" matches more letters
on that side; without it a name matches whole. Accents and case don't matter.
"""

from __future__ import annotations

SENDERS: dict[str, str] = {
    "bank": (
        "*bank*, *banc*, hdfc*, icici*, axisbk, sbiinb, sbi, kotak*, barclays, hsbc*, natwest, "
        "lloyds, chase, citi, citibank*, wellsfargo, wells fargo, santander*, bbva*, caixa*, unicredit*, "
        "ing, "
        "*sparkasse*, *raiffeisen*, abnamro, nordea, swedbank, pko*, pekao, mbank, 900, "
        "tinkoff, vtb, monzo, starling, n26, revolut, bnpparibas, bnp paribas, sg, lcl, *amro, garanti*, "
        "akbank, ziraat*, yapi kredi, yapikredi, bca, bni, bri, bsi, mandiri, btn, gtb, uba, equity, "
        "itau*, bradesco*, nubank, intesa*, *postepay*, "
        "icbc*, psbc, ccb, boc, bocom, cmbchina, spdb, cgb, mufg, smbc*, dbs, uob, ocbc*, "
        "*-hdfcbk, *-icicib, *-sbiinb, *-axisbk, *sberbank*, "
        "сбер*, тинькофф*, т-банк, втб*, *банк*, "
        "*银行*, *銀行*, *信用社*, *农信*, *農信*, *信用金庫*, *信金, *農協*, "
        "工行*, 建行*, 农行*, 招行*, 交行*, 中行*, 邮储*, 郵局*, みずほ*, ゆうちょ*, "
        "*은행*, *뱅크*, 농협*, 신협*, 새마을금고*, *ธนาคาร*, *بنك*, *البنك*, *مصرف*, *بانک*, *בנק*, *बैंक*, "
        "*ব্যাংক*, *τραπεζα*, *ngan hang*"
    ),
    "payment": (
        "paypal, stripe, klarna, venmo, cashapp, cash app, zelle, paytm*, phonepe, gpay, visa, mastercard, "
        "amex, american express, mpesa, m-pesa, bkash, nagad, gopay, ovo, wise, skrill, payoneer, coinbase, "
        "binance, kraken, mercadopago, mercado pago, alipay, bizum, mbway, "
        "支付宝, 支付寶, 微信支付, 财付通, 云闪付, 银联*, 銀聯*, 街口支付, 카카오페이, 네이버페이, 토스, "
        "qiwi, юmoney"
    ),
    "health": (
        "nhs*, *clinic*, *klinik*, *hospital*, *dental*, *pharma*, doctolib, cvs*, walgreens, *health*, "
        "ameli, kaiser*, mychart, *医院*, *醫院*, *病院*, *병원*, *โรงพยาบาล*, *مستشفى*, *поликлиник*, "
        "*больниц*"
    ),
    "government": (
        "hmrc, gov*, *gov, *.gov, *gov.*, govuk, irs, dvla, *police*, *polizei*, *policia*, *полици*, "
        "uidai, aadhaa*, "
        "sepe, dgt, inps, anaf, fns, gosuslugi, госуслуги*, impots*, impots.gouv*, caf, uscis, edevlet, "
        "e-devlet*, "
        "digid, *council*, *ministry*, *ministere*, *ministerio*, *ministerium*, *министерство*, "
        "login.gov, id.me, mygov*, my gov, centrelink, service canada, medicare, digilocker, umang, "
        "singpass, "
        "uae pass, uaepass, ecitizen, nimc, egovph, elster, bundid, agov, id austria, finanzonline, "
        "franceconnect, ants, urssaf, cl@ve, clave, aeat, agencia tributaria, imss, infonavit, afip, "
        "arca, anses, "
        "mi argentina, gov.br, meu inss, receita federal, autenticacao.gov, spid, app io, pagopa, cie, "
        "agenzia entrate, belastingdienst, mijnoverheid, epuap, mobywatel, zus, skatteverket, "
        "forsakringskassan, "
        "mitid, altinn, djp, dukcapil, bpjs*, imigrasi, фнс*, мфц*, мвд*, гибдд*, есиа, мос.ру, дія, "
        "*公安*, *税务*, *稅務*, *国税*, *國稅*, *税局*, *社保*, *政务*, *政務*, *政府*, *法院*, "
        "*检察院*, *海关*, *海關*, "
        "*交管*, *交警*, *12123*, *个税*, *个人所得税*, *医保*, *公积金*, *人社*, *移民管理*, *民政*, "
        "*市民云*, 一网通办, "
        "粤省事, 浙里办, 随申办, 智方便, *税務署*, *国税庁*, *市役所*, *区役所*, マイナポータル, *年金*, "
        "デジタル庁, *警察*, "
        "정부24, 홈택스, 위택스, 국세청, *경찰*, *법원*, 국민연금*, 복지로, 행정안전부, "
        "*وزارة*, ابشر, نفاذ, توكلنا, *الضرائب*, *الجوازات*, *सरकार*, *आयकर*, *กรม*, *กระทรวง*"
    ),
}
