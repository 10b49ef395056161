"""What messages with a one-time code say, language by language: the finder's words, as data.

WORDS maps a language (ISO 639) to roles, and a role to its words, separated by commas:

    code     names a secret to be typed: code, password, PIN
    strong   says by itself that it is a one-time one: OTP, TAN, passcode
    purpose  what such a secret is for: verify, log in, confirm, activate
    ask      tells the reader to type it: enter, use
    life     how long it lives: valid, expires
    other    makes "code" mean something else: promo, discount, postal, QR
    label    introduces a number that is no code: order, invoice, tracking, call, ending in
    soft     often introduces such a number, but stands in code messages as well: account, card, phone
    unit     stands after a number that counts something: minutes, points, km
    money    stands on either side of an amount

"verif*" matches the beginning of a word, "*code" the end of one (compounds: "Sicherheitscode"), a word
without an asterisk matches whole. Accents and case don't matter ("código" finds "CODIGO"), neither does
the choice between blank and hyphen. Scripts that don't part words with blanks, or that glue prefixes to
them, match anywhere, with or without an asterisk.
"""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "code": (
            "code, codes, coce, cod, kode, pin, pincode, pin code, password, pass word, token, "
            "number to verify, passkey, access key, key code, *code"
        ),
        "strong": (
            "otp, o.t.p, one time, onetime, passcode, pass code, passphrase, 2fa, two factor, 2 step, "
            "two step, mfa, smstan, mtan, totp, vcode, verifycode, authcode, captcha, safekey, tac, tpin, "
            "mpin, login code, access code, security code, auth code, sms code, verification number, "
            "dynamic password"
        ),
        "purpose": (
            "verif*, confirm*, authenti*, authori*, activat*, login, log in, logging in, logon, log on, "
            "sign in, signin, sign up, signup, signing in, regist*, validat*, identity, reset, unlock, "
            "security, access, enrol*, recover*, link your, continue"
        ),
        "ask": "enter, use, type, input, insert, provide, submit, key in, manually enter, using",
        "life": (
            "valid*, expir*, do not share, don't share, dont share, never share, not share, "
            "didn't request, did not request, keep it secret, confidential, good for"
        ),
        "other": (
            "promo*, discount, coupon, voucher, claim, prize, gift, referral, refer, invite, invitation, "
            "redeem, redemption, offer, booking, reservation, zip, zipcode, postal, postcode, post code, "
            "area, country, dial*, dialling, dress, qr, bar, barcode, source, sort, product, item, model, "
            "error, status, tracking, identifier, ref, reference, swift, bic, ifsc, hs, tax, nace, sku, "
            "color, colour, unit, vscode, xcode, qrcode, promocode, discountcode, dresscode, areacode, encode*, "
            "decode*, unicode, opcode*, bytecode, geocode*, leetcode, pseudocode, sourcecode, branch, "
            "campaign, keyword, dealer, student, company, employee, flight, "
            "morse, penal, civil, short, ussd, building, gate, bonus, savings, sale, unsubscribe, binary, "
            "genetic, friend, loyalty, membership, voting, vote, checkout, shortcode, short code"
        ),
        "label": (
            "order, orders, invoice, receipt no, bill no, tracking, track, shipment, parcel, package, awb, "
            "consignment, waybill, delivery no, ticket, tickets, case, case no, case number, ref, "
            "reference, ref no, refno, ref number, reference no, reference number, transaction id, "
            "trans id, txn, txn id, txnid, trx, utr, rrn, upi, folio, policy, policy no, claim no, "
            "confirmation of order, booking, pnr, reservation, flight, train, bus, gate, seat, room, apt, "
            "apartment, suite, floor, unit no, building, street, road, box, po box, ending, ending in, "
            "ending with, ends in, ends with, last four digits, last 4 digits, call, dial, tel, telephone, "
            "fax, whatsapp us, helpline, hotline, call us, text us, contact, customer care, toll free, "
            "customer id, client id, user id, userid, member id, member no, employee id, student id, "
            "passport, ssn, licen*, serial, serial no, imei, model, version, ver, build, release, patch, "
            "page, chapter, score, postcode, zip, copyright, batch, lot, channel, queue, queue no, "
            "token no, coupon, voucher, promo, bal, balance, avl bal, amount, amt, total, ip, ip address, "
            "transferred to, to a/c, a/c, a/c no, acct, ac no, acc no, account no, account number, iban, "
            "card no, card number, units, meter, meter no, quoting, pobox, postbox, lottery, send to, "
            "text to, sms to, reply to"
        ),
        "soft": (
            "account, acc, card, phone, mobile, number, no, nr, id, user, username, device, date, time, "
            "debit card, credit card, to, from, member, customer, cell, dated, before, after, until, till"
        ),
        "unit": (
            "mins, mts, minute*, sec, secs, seconds, hour*, hr, hrs, day*, week*, month*, year*, yrs, yr, "
            "points, pts, people, users, miles, km, kms, kg, gm, gb, mb, kb, gig, ppm, pm, am, times, "
            "units, kwh, percent, degrees, credits, coins, items, pieces, pcs, steps, cal, kcal, "
            "characters, digits, members, followers, views, nights, adults, seats, mm, cm, ml, oz, lb, "
            "lbs, h, g, k, m, p, x, l, min"
        ),
        "money": (
            "usd, eur, gbp, aud, cad, inr, jpy, cny, chf, rub, rur, uah, pln, sek, nok, dkk, huf, czk, "
            "ron, bgn, brl, mxn, ars, clp, zar, ngn, kes, ghs, egp, aed, qar, kwd, omr, bhd, jod, ils, "
            "irr, pkr, bdt, lkr, npr, thb, vnd, idr, myr, sgd, php, hkd, twd, krw, kzt, uzs, amd, azn, "
            "byn, rs, rs., dollars, dollar, euro, euros, pounds, pound, quid, pence, bucks, cents, cash, "
            "rupees, us$, ksh, tzs, ugx, dzd, tnd, xof, xaf, rmb, yuan"
        ),
    },
    "de": {
        "code": (
            "code, passwort*, kennwort*, pin, kode, geheimzahl, schlussel, losung, *code, "
            "*nummer zur bestat, *passwort, *kennwort, zugangsdaten, *schlussel, bestatigungsnummer"
        ),
        "strong": (
            "einmal*, mtan, itan, chiptan, phototan, smstan, sms tan, pushtan, freischaltcode, sicherheitscode, "
            "ihre tan, "
            "tan lautet, tan:, tan nr, tan nummer, tan mit der, die tan, der tan, eine tan, tans"
        ),
        "purpose": (
            "verifi*, bestatig*, anmeld*, einlogg*, login, aktivier*, freischalt*, registrier*, "
            "authentifi*, legitim*, identi*, zuruckset*, sicherheit*, zugang*, freigabe*, freigeb*, "
            "entsperr*, wiederherstell*"
        ),
        "ask": "eingeben, eingegeben, gib, geben sie, lautet, benutze*, verwende*, nutze*",
        "life": "gultig*, lauft ab, ablauf*, verfall*, nicht weiter, niemand*, geheim, teile*",
        "other": (
            "gutschein*, rabatt*, aktions*, postleit*, plz, vorwahl, strich*, aktionscode, werbe*, "
            "empfehlung*, bonus*, buchung*, gewinn*, promotion*, fehler*, landes*, kundigung*, quell*, morse*, "
            "abholcode"
        ),
        "label": (
            "bestell*, auftrag*, rechnung*, sendung*, paket*, tracking*, kunden*, vertrag*, konto, "
            "kontonummer, iban, kontostand, saldo, betrag, summe, endet auf, endend auf, endziffer*, "
            "endung, ziffern, anruf*, rufen, ruf, telefon, telefone, telefonen, telefons, telefonnummer*, "
            "telefonnr*, telefonisch*, telefonier*, telefonat*, zimmer, hausnummer, flug, zug, gleis, wagen, sitz*, "
            "aktenzeichen, vorgang*, referenz*, buchung*, rechnungsnr, bestellnr, az, tel, abholnummer, "
            "ticket, tickets, ticketnummer, ticketnr, vorgangs*"
        ),
        "soft": "karte, handy*, nummer, nr, uhrzeit, datum, am, um, vom, bis, zum, kreditkarte, empfanger",
        "unit": (
            "minuten, min, stunde*, tage*, uhr, sekunden, punkte, jahre*, woche*, monat*, stuck, prozent, "
            "strasse"
        ),
        "money": "euro, franken, cent",
    },
    "nl": {
        "code": "code, codes, wachtwoord*, pincode, *code, *wachtwoord, toegangssleutel",
        "strong": "eenmalig*, tancode, smscode, inlogcode, toegangscode, digid",
        "purpose": (
            "verifi*, bevestig*, inlog*, in te loggen, aanmeld*, activ*, registr*, beveilig*, toegang*, "
            "herstel*"
        ),
        "ask": "gebruik*, voer, vul, toets",
        "life": "geldig*, verloopt, vervalt, deel, delen, niemand",
        "other": "korting*, actie*, cadeau*, postcode, land*, winactie*, waardebon*, kassa*, streepjes*",
        "label": (
            "bestelling*, bestelnummer, order*, factuur*, pakket*, zending*, rekening*, eindigend op, "
            "eindigt op, bel, telefoon*, kamer, saldo, bedrag, klantnummer, dossier*, polis*, kenteken, "
            "vlucht"
        ),
        "soft": "kaart, nummer, nr, mobiel*, op, om, datum, tot, naar, pas",
        "unit": "minuten, minuut, uur, dagen, dag, seconden, punten, weken, jaar, stuks, euro",
        "money": "euro",
    },
    "af": {
        "code": "kode, wagwoord, *kode, *wagwoord",
        "strong": "eenmalige, eenmalig",
        "purpose": "verifieer, verifikasie*, bevestig*, aanmeld*, aktiveer*, teken aan",
        "ask": "gebruik, voer, sleutel",
        "life": "geldig, verval, moenie",
        "label": "bestelling, faktuur, rekening, bel, saldo, bedrag, pakkie",
        "unit": "minute, minuut, ure, dae",
    },
    "sv": {
        "code": "kod, koden, kods, losenord*, pinkod, *kod, *koden, *losenord*",
        "strong": "engangs*, engangskod",
        "purpose": (
            "verifi*, bekraft*, inlogg*, logga in, aktiver*, registr*, sakerhet*, legitim*, autentis*"
        ),
        "ask": "ange, anvand, skriv in, fyll i, mata in",
        "life": "giltig*, gar ut, galler i, dela inte, dela aldrig, lamna inte",
        "other": "rabatt*, kampanj*, postnummer, presentkort*, varde*, lands*, erbjudande*, streck*",
        "label": (
            "order*, ordernummer, faktura*, paket*, kolli*, ring, telefon, telefonen, telefoner, telefonnummer*, "
            "telefonnr*, slutar pa, saldo, belopp, "
            "konto*, bokning*, arende*, kundnummer, flyg, rum, avisering*"
        ),
        "soft": "kort, nummer, nr, mobil*, den, kl, till, datum",
        "unit": "minuter, min, timmar, timme, dagar, dag, poang, kronor, sekunder",
        "money": "kr, kronor, sek",
    },
    "da": {
        "code": "kode, koden, adgangskode*, kodeord, pinkode, *kode, *koden, *kodeord",
        "strong": "engangs*, nemid, mitid",
        "purpose": (
            "bekraeft*, bekræft*, verifi*, godkend*, log ind, logge ind, aktiver*, registr*, sikkerhed*, "
            "login*"
        ),
        "ask": "indtast*, brug, skriv, anvend",
        "life": "gyldig*, udlober, udloeber, del ikke, ma ikke deles, gaelder",
        "other": "rabat*, kampagne*, postnummer, gavekort*, lande*, tilbud*, streg*",
        "label": (
            "ordre*, faktura*, pakke*, ring, telefon, telefonen, telefoner, telefonnummer*, telefonnr*, "
            "telefonisk*, ender pa, saldo, belob*, beloeb*, konto*, booking*, "
            "sag*"
        ),
        "soft": "kort, nummer, nr, mobil*, den, kl, til, dato",
        "unit": "minutter, min, timer, dage, point, kroner, sekunder",
        "money": "kr, kroner",
    },
    "nb": {
        "code": "kode, koden, passord*, *kode, *koden, *passord*",
        "strong": "engangs*, bankid",
        "purpose": (
            "bekreft*, verifis*, verifik*, logg inn, logge inn, innlogg*, palogg*, aktiver*, registr*, "
            "sikkerhet*"
        ),
        "ask": "bruk, skriv inn, tast inn, oppgi, angi",
        "life": "gyldig*, utloper, ikke del, ikke dele",
        "other": "rabatt*, kampanje*, postnummer, gavekort*, verdi*, lands*, strek*",
        "label": (
            "ordre*, bestilling*, faktura*, pakke*, sending*, ring, telefon, telefonen, telefoner, telefonnummer*, "
            "telefonnr*, telefonisk*, slutter pa, saldo, belop, "
            "konto*"
        ),
        "soft": "kort, nummer, nr, mobil*, den, kl, til, dato",
        "unit": "minutter, timer, dager, poeng, kroner",
        "money": "kr, kroner",
    },
    "is": {
        "code": "kodi, kodinn, kodann, koda, lykilord*, adgangskodi, *kodi, *kodinn, *lykilord, *numer",
        "strong": "einnota, einskiptis*",
        "purpose": "stadfest*, innskran*, skra inn, audkenn*, virkj*, oryggis*",
        "ask": "notadu, sladu inn, nota",
        "life": "gildir, rennur ut, ekki deila",
        "other": "afslatt*, postnumer, gjafa*",
        "label": "pontun*, reikning*, sending*, hringdu, simi, upphaed",
        "unit": "minutur, klukkustund*, daga",
        "money": "kr, kronur",
    },
    "fi": {
        "code": "koodi*, tunnusluku, tunnus, salasana*, *koodi, *koodisi, *koodin, *salasana*",
        "strong": "kertakayt*, kertakoodi*, vahvistuskood*, tunnistautumiskood*",
        "purpose": "vahvist*, kirjaut*, tunnist*, aktivoi*, rekister*, todenn*, turva*, varmenn*",
        "ask": "kayta, syota, anna, kirjoita",
        "life": "voimassa, vanhenee, ala jaa, alä jaa",
        "other": "alennus*, kampanja*, lahja*, postinumero, maa*, ale*, etu*, viiva*",
        "label": (
            "tilaus*, tilausnumero, lasku*, paketti*, lahetys*, soita, puh, puhelin*, saldo, summa, tili*, "
            "paattyy numeroihin, varaus*, viite*, asiakasnumero, huone, lento"
        ),
        "soft": "kortti, kortin, numero, nro, klo",
        "unit": "minuut*, min, tunti*, tuntia, paiv*, pistet*, euroa, vuotta, kpl, sekuntia",
        "money": "euroa, eur",
    },
    "et": {
        "code": "kood*, parool*, salasona*, *kood, *koodi, *parool",
        "strong": "uhekord*",
        "purpose": "kinnit*, sisselog*, sisse log*, aktiveer*, registreer*, turva*, autent*",
        "ask": "sisesta*, kasuta*",
        "life": "kehtib, kehtiv, aegub, ara jaga",
        "other": "soodus*, kampaania*, kinke*, posti*, sihtnumber, allahindlus*",
        "label": "tellimus*, arve*, pakk*, saadetis*, helista*, tel, konto*, summa, saldo, broneering*",
        "soft": "kaart*, number, nr, kell",
        "unit": "minut*, tund*, paev*, punkti, eurot",
        "money": "eurot",
    },
    "lv": {
        "code": "kods, kodu, koda, kodam, parole, paroli, *kods, *kodu",
        "strong": "vienreiz*",
        "purpose": "apstiprin*, verifik*, ieej*, pieteik*, pieslegs*, aktiv*, registr*, autentif*, drosib*",
        "ask": "ievadi*, izmanto*, lieto*",
        "life": "deriga, derigs, beidzas, neizpaud*, neizpau*, nevienam",
        "other": "atlaid*, akcij*, davan*, pasta, promo*",
        "label": (
            "pasutijum*, rekin*, sutijum*, paka*, zvan*, talr*, konta, konts, summa, atlikum*, rezervacij*"
        ),
        "soft": "karte, kartes, numurs, nr, lidz",
        "unit": "minut*, stund*, dien*, punkti, eiro",
        "money": "eiro",
    },
    "lt": {
        "code": "kodas, koda, kodo, kodu, slaptazod*",
        "strong": "vienkart*",
        "purpose": "patvirtin*, prisijung*, aktyv*, registr*, saugos, saugumo, tapatyb*, autentif*",
        "ask": "ivesk*, naudok*, iveskite",
        "life": "galioja, galios, baigs*, nesidalin*, niekam",
        "other": "nuolaid*, akcij*, dovan*, pasto",
        "label": "uzsakym*, saskait*, siunt*, skambink*, tel, sum*, likut*, rezervacij*",
        "soft": "kortel*, numer*, nr, iki",
        "unit": "minut*, min, valand*, dien*, task*, eur*",
        "money": "eur, euru",
    },
    "pl": {
        "code": "kod, kodu, kodem, kody, haslo, hasla, pin, smskod, *kod",
        "strong": "jednoraz*, smskod, sms kod, kod sms",
        "purpose": (
            "weryfik*, potwierdz*, logowan*, zaloguj*, zalogow*, aktyw*, rejestr*, autoryz*, uwierzyteln*, "
            "bezpiecz*, dostep*, odzysk*, resetow*"
        ),
        "ask": "wpisz*, podaj*, uzyj*, wprowadz*",
        "life": "wazny, wazne, wazna, wygasa, wygasnie, nie udostep*, nikomu, nie podawaj",
        "other": (
            "rabat*, promocyj*, kupon*, pocztow*, znizk*, kreskow*, odbioru, prezent*, kierunkow*, podarunk*"
        ),
        "label": (
            "zamowien*, faktur*, paczk*, przesylk*, zadzwon*, tel, telefon, telefonu, telefony, telefonow, "
            "telefonie, telefonem, telefoniczn*, kwot*, saldo, konto, konta, "
            "rachunek, rachunku, konczac*, konczy sie, rezerwac*, lot, pokoj, ul, nr zam*, zgloszen*, "
            "sledzen*, dostepne srodki"
        ),
        "soft": "karta, karty, numer*, nr, dnia, godz*, do, data",
        "unit": "minut*, min, godzin*, godz, dni, dzien, sekund*, punkt*, zlotych, lat, szt, rok*",
        "money": "zl, pln, zlotych, gr",
    },
    "cs": {
        "code": "kod, kodu, kodem, heslo, hesla, heslem, *kod",
        "strong": "jednoraz*, sms kod, sms klic, autorizacni sms",
        "purpose": (
            "overovac*, overen*, overte, potvrz*, potvrd*, prihlas*, aktiv*, registr*, autoriz*, "
            "bezpecnost*, autent*, pristup*"
        ),
        "ask": "zadejte, zadej, pouzijte, pouzij, vlozte, opiste",
        "life": "plati, platny, platnost*, vyprsi, nesdelujte, nikomu",
        "other": "slevov*, promo*, darkov*, postovni, smerovaci, psc, carov*, vyzvedn*",
        "label": (
            "objednav*, faktur*, zasilk*, balik*, volejte, tel, castk*, zustatek, ucet, uctu, rezervac*, "
            "koncici, cislo objednavky, variabilni symbol, linka, pokoj"
        ),
        "soft": "karta, karty, kartou, cislo, dne, do, datum",
        "unit": "minut*, min, hodin*, hod, dni, den, sekund*, bodu, korun, body",
        "money": "kc, korun, czk",
    },
    "sk": {
        "code": "kod, kodu, kodom, heslo, hesla, heslom",
        "strong": "jednoraz*",
        "purpose": "overovac*, overen*, overte, potvrd*, prihlas*, aktiv*, registr*, autoriz*, bezpecnost*",
        "ask": "zadajte, zadaj, pouzite, pouzi, vlozte",
        "life": "plati, platny, platnost*, vyprsi, nezdielajte, nikomu, neposkytujte",
        "other": "zlavov*, darcek*, postov*",
        "label": (
            "objednavk*, faktur*, zasielk*, balik*, volajte, suma, sumu, zostatok, ucet, uctu, rezervac*, "
            "konciac*"
        ),
        "soft": "karta, karty, cislo, dna, datum",
        "unit": "minut*, hodin*, dni, bodov, eur",
        "money": "eur",
    },
    "sl": {
        "code": "koda, kodo, kode, geslo, gesla",
        "strong": "enkrat*",
        "purpose": "potrdit*, potrd*, preverj*, prijav*, aktiv*, registr*, varnost*, overit*",
        "ask": "vnesite, vpisite, uporabite",
        "life": "velja, veljav*, potece, ne delite",
        "other": "popust*, kupon*, postna, darilo*, darilna",
        "label": "narocil*, racun*, posilk*, paket*, poklicite, znesek, stanje, rezervac*",
        "soft": "kartica, kartice, stevilka, st",
        "unit": "minut*, dni, tock*, evrov",
        "money": "evrov",
    },
    "hr": {
        "code": "kod, kodu, kodom, sifra, sifru, sifre, lozink*, zaporka, zaporku",
        "strong": "jednokrat*, jednoraz*",
        "purpose": (
            "potvrd*, verifik*, provjer*, prijav*, aktiv*, registr*, sigurnos*, autoriz*, autent*, "
            "bezbed*, bezbjed*"
        ),
        "ask": "unesite, unesi, koristite, upisite, upotrijebite",
        "life": "vrijedi, vazi, vazeci, istice, ne dijelite, ne delite, nikome",
        "other": "popust*, promo*, kupon*, postanski, poklon*, nagrad*",
        "label": (
            "narudzb*, narudzbin*, racun*, posiljk*, paket*, nazovite, pozovite, iznos*, stanje, "
            "rezervac*, zavrsava"
        ),
        "soft": "kartica, kartice, broj, br, dana, datum",
        "unit": "minut*, min, sati, sat, dana, bodova, kuna, dinara, poena, evra",
        "money": "kn, kuna, dinara, rsd",
    },
    "hu": {
        "code": (
            "kod, kodja, kodod, kodot, kodjat, kodom, jelszo*, jelszav*, *kod, *kodja, *kodod, *kodot, "
            "*jelszo, *jelszava"
        ),
        "strong": "egyszer*, megerosito kod, belepesi kod",
        "purpose": (
            "megerosit*, hitelesit*, ellenorz*, bejelentkez*, belep*, aktival*, regisztra*, biztonsag*, "
            "azonosit*"
        ),
        "ask": "adja meg, add meg, irja be, ird be, hasznalja, hasznald, kerjuk",
        "life": "ervenyes*, lejar, ne ossza, ne oszd, senkinek",
        "other": "kedvezmen*, kupon*, promocio*, ajandek*, irany*, vonal*",
        "label": (
            "rendeles*, szamla*, szamlaszam, csomag*, hivja, tel, osszeg*, egyenleg*, foglal*, vegzodo, "
            "szobaszam, szoba"
        ),
        "soft": "kartya*, szam, datum, telefonszam*",
        "unit": "perc*, nap*, masodperc*, pont*, forint, db, ev, eve, evet, evig, ora, oraig, oran",
        "money": "ft, forint, huf",
    },
    "ro": {
        "code": "cod, codul, codului, coduri, parola, parole, parolei",
        "strong": "unica folosinta, cod unic",
        "purpose": (
            "verific*, confirm*, autentific*, autoriz*, activ*, inregistr*, conect*, logare, securit*, "
            "acces*, valid*"
        ),
        "ask": "introdu, introduceti, foloseste, folositi, utilizati",
        "life": "valabil*, expira, nu il, nu divulg*, nimanui, nu-l, nu impart*",
        "other": "promotional*, reducere*, discount, postal*, voucher*, cadou",
        "label": (
            "comand*, factur*, colet*, expedier*, sunati, apelati, tel, suma, sold*, contul nr, iban, "
            "rezervar*, terminat*, awb"
        ),
        "soft": (
            "card, cardul, cardului, carduri*, numar*, nr, cont, contul, contului, conturi*, data, ora, pana"
        ),
        "unit": "minut*, min, ore, zile, zi, secunde, puncte, lei, ani",
        "money": "lei, ron, leu, mdl",
    },
    "sq": {
        "code": "kodi, kod, kodin, fjalekalim*",
        "strong": "njeperdorimsh*, nje perdorim*, njehere*",
        "purpose": "verifik*, konfirm*, hyr*, identifik*, aktiviz*, regjistr*, sigurimi*, sigurise",
        "ask": "vendos*, perdor*, shkruaj, futni",
        "life": "vlefsh*, skadon, mos e ndani, mos e nda, askujt",
        "other": "zbritj*, promocion*, postar, dhurat*",
        "label": "porosi*, fatur*, pako*, telefonoj*, telefononi*, telefoni, telefonit, shuma, bilanc*, llogari*",
        "unit": "minuta, minut*, ore, dite",
        "money": "lek, leke",
    },
    "es": {
        "code": "codigo, codigos, clave, claves, contrasena*, pin, cod, *codigo, password",
        "strong": "un solo uso, unico uso, unica vez, clave dinamica, clave temporal, token, coordenada",
        "purpose": (
            "verific*, confirm*, autentic*, autoriz*, acceso, acceder, activ*, iniciar sesion, "
            "inicio de sesion, ingres*, registr*, segur*, valid*, identidad, identific*, restablec*, "
            "recuper*, firma"
        ),
        "ask": "introduc*, ingres*, usa, use, utiliza*, escribe*, digite, digita, pon, teclea",
        "life": (
            "valido*, valida, vence*, caduc*, expira*, no lo comparta*, no compart*, nadie, vigencia, vigente"
        ),
        "other": (
            "descuent*, promocion*, postal*, cupon*, barras, regalo, area, pais, referido*, invitacion, "
            "tarifa, reserva, swift, retiro en tienda, producto"
        ),
        "label": (
            "pedido*, orden, factura*, envio, paquete*, guia, seguimiento, rastreo, llama*, llame*, tel, telef, "
            "telefonos, telefonico*, "
            "telefono, saldo, monto, importe, total, cuenta no, terminad*, termina en, reserva*, vuelo, "
            "habitacion, calle, folio, referencia, expediente, contrato, poliza, boleto, placa, cliente, "
            "marca*, cita"
        ),
        "soft": "cuenta, tarjeta*, numero, num, nro, movil, celular, fecha, dia, hora, hasta, a las",
        "unit": (
            "minut*, min, hora*, hrs, segundo*, punto*, pesos, semana*, soles, unidades, personas, veces, "
            "mes, meses, dia, dias, ano, anos"
        ),
        "money": "euros, pesos, soles, bs, mxn, clp, bolivares, quetzales, usd, dolares",
    },
    "ca": {
        "code": "codi, contrasenya, clau",
        "strong": "un sol us, d'un sol us",
        "purpose": "verific*, confirm*, acces*, activ*, registr*, segur*, autentic*, iniciar sessio",
        "ask": "introdueix, introduiu, utilitza, fes servir",
        "life": "valid*, caduca, no el comparteixi*, ningu",
        "other": "descompte*, promocional*, postal",
        "label": "comanda, factura, paquet, enviament, truca*, saldo, import",
        "unit": "minuts, hores, dies, punts",
    },
    "gl": {
        "code": "codigo, contrasinal, clave",
        "purpose": "verific*, confirm*, acceso, activ*",
        "ask": "introduce, usa, utiliza",
        "life": "valido, caduca, non o compartas",
        "label": "pedido, factura, paquete, chama, saldo",
        "unit": "minutos, horas, dias",
    },
    "eu": {
        "code": "kodea, kode, pasahitz*, gakoa, *kodea",
        "strong": "erabilera bakarreko",
        "purpose": "egiaztat*, egiaztapen*, berrest*, saioa hasteko, aktibat*, segurtasun*",
        "ask": "sartu, erabili, idatzi",
        "life": "balio du, iraungi*, ez partekatu",
        "other": "deskontu*, posta",
        "label": "eskaera*, faktura*, paketea, deitu, zenbatekoa",
        "unit": "minutu*, ordu*, egun*",
    },
    "pt": {
        "code": "codigo, codigos, cod, senha*, palavra passe, palavra chave, pin, chave, token",
        "strong": "uso unico, utilizacao unica, senha temporaria, codigo sms, senha unica",
        "purpose": (
            "verific*, confirm*, autentic*, autoriz*, acess*, ativ*, activ*, login, entrar, "
            "iniciar sessao, regist*, seguranca, valid*, identidade, recuper*, cadastr*, redefin*"
        ),
        "ask": "introduza, insira, digite, use, utilize, informe, insere",
        "life": (
            "valido*, valida, expira*, vence, nao compartilh*, nao partilh*, ninguem, nao informe, "
            "nao o partilh*"
        ),
        "other": (
            "desconto*, promocional*, promocao, postal, cupom, cupao, barras, oferta, presente, rastreio, "
            "rastreamento, indicacao, resgate, convite, produto, pix copia"
        ),
        "label": (
            "pedido*, encomenda*, fatura*, nota fiscal, pacote, ligue, liga, tel, telefone, saldo, valor, "
            "total, conta no, final, terminad*, reserva*, voo, quarto, protocolo, referencia, boleto, "
            "agencia, cpf, objeto, cliente, contrato, entrega"
        ),
        "soft": "conta, cartao, numero, num, nr, celular, telemovel, data, dia, hora, ate",
        "unit": (
            "minut*, min, hora*, segundo*, ponto*, reais, semana*, unidades, pessoas, vezes, meses, dia, "
            "dias, ano, anos"
        ),
        "money": "reais, real, r$, euros, brl",
    },
    "fr": {
        "code": "code, codes, mot de passe, mdp, cle, *code, pin",
        "strong": "usage unique, a usage unique, code temporaire, provisoire",
        "purpose": (
            "verif*, confirm*, authentif*, autoris*, connexion, connecter, activ*, inscri*, enregistr*, "
            "securit*, valid*, identif*, acces, reinitialis*, s'identifier, d'acces"
        ),
        "ask": "saisir, saisissez, entrez, utilisez, tapez, entrer, renseignez",
        "life": (
            "valable*, valide, expire*, ne partag*, ne le partag*, personne, ne communiqu*, "
            "ne le communiqu*, ne transmet*, duree"
        ),
        "other": (
            "promo*, reduction, remise, postal, postaux, avantage*, barres, cadeau, parrain*, parrainage, "
            "retrait, ape, avoir, pays, concours"
        ),
        "label": (
            "commande*, facture*, colis, livraison, suivi, appelez, appeler, tel, telephone*, solde, "
            "montant, total, dossier, reference, se terminant, finissant par, reservation, vol, train, "
            "voiture, chambre, rue, client, contrat, rdv, rendez vous, envoyez, siret, iban, rib"
        ),
        "soft": "compte, carte, numero, no, mobile, portable, date, jusqu'au",
        "unit": (
            "minut*, min, mn, heure*, h, jour*, seconde*, point*, euros, ans, semaine*, mois, km, "
            "personnes, fois"
        ),
        "money": "euros, euro, fcfa, cfa, dhs",
    },
    "it": {
        "code": "codice, codici, password, parola d'ordine, pin, chiave",
        "strong": "monouso, usa e getta, temporaneo, codice sms, o-key, secure call",
        "purpose": (
            "verific*, conferm*, autentic*, autorizz*, acced*, access*, attiv*, registr*, sicurezz*, "
            "convalid*, identita, identific*, ripristin*, operazione, login"
        ),
        "ask": "inserisc*, inserire, usa, utilizza*, digita*, immett*",
        "life": "valid*, scad*, durata, non condivid*, non comunic*, nessuno, non fornir*",
        "other": (
            "scont*, promozional*, coupon, postale, fiscale, regalo, barre, prodotto, avviamento, invito, "
            "amico, ritiro, cliente, iban"
        ),
        "label": (
            "ordine, ordini, fattura, pacco, spedizione, chiama*, tel, telefono, saldo, importo, totale, "
            "prenotazione, volo, camera, pratica, riferimento, contratto, cliente, termina con, "
            "che termina, terminante, treno, ritiro, appuntamento"
        ),
        "soft": "conto, carta, numero, num, cellulare, data, giorno, ora, ore, alle, fino",
        "unit": "minut*, min, giorn*, second*, euro, settiman*, persone, volte, ore, mesi, anni, punti",
        "money": "euro",
    },
    "tr": {
        "code": "kod, kodu, kodunuz, kodun, kodunu, kodunuzu, kodla, sifre*, parola*, *kodu, *sifre",
        "strong": "tek kullanimlik, tek seferlik, onay kodu, dogrulama kodu, sms sifre*, sms kodu",
        "purpose": (
            "dogrula*, onay*, giris*, oturum, aktivasyon*, etkinlestir*, kayit, uyelik, guvenlik, islem*, "
            "kimlik"
        ),
        "ask": "girin*, giriniz, kullanin*, yazin*, kullan",
        "life": "gecerli*, suresi, paylasma*, kimseyle, kimseye, sure",
        "other": (
            "indirim*, kampanya*, hediye*, posta, kupon*, promosyon*, barkod*, davet*, cekilis*, alan, "
            "referans, kargo"
        ),
        "label": (
            "siparis*, fatura*, kargo*, takip, arayin, ara, tel, telefon, telefonu, telefona, telefonda, "
            "telefonla, telefonunuz*, telefonunu*, telefonlar*, bakiye*, tutar*, toplam, "
            "hesap no, hesabinizdan, ile biten, biten, rezervasyon*, ucus, oda, referans*, abone*, "
            "musteri no, basvuru*, iade, sira no"
        ),
        "soft": (
            "kart, karta, karti, kartim, kartimiz*, kartin, kartiniz*, kartla, kartlar*, numara*, no, hesap*, cep, "
            "tarih*, saat"
        ),
        "unit": (
            "dakika*, dk, dakikadir, saat*, gun*, saniye*, sn, puan*, tl, lira*, yil*, hafta*, ay, adet, "
            "kisi, kez"
        ),
        "money": "tl, lira, liralik",
    },
    "az": {
        "code": "kod, kodu, kodunuz, sifre, parol*, kodun, sifrə, sifreniz",
        "strong": "birdefelik, bir defelik, tesdiq kodu, birdəfəlik, təsdiq kodu",
        "purpose": (
            "tesdiq*, təsdiq*, dogrula*, daxil ol*, giris*, qeydiyyat*, aktivles*, tehlukesizlik, "
            "təhlükəsizlik"
        ),
        "ask": "daxil edin, istifade edin, yazin",
        "life": "etibarli*, kecerlid*, paylasma*, hec kim*, heç kim*, bildirmeyin",
        "other": "endirim*, promo*, poct, hediyye",
        "label": "sifaris*, qaime*, baglama*, zeng, balans*, mebleg*, məbləğ*, hesab no",
        "unit": "deqiqe*, dəqiqə*, saat*, gun*, manat*",
        "money": "azn, manat",
    },
    "uz": {
        "code": "kod, kodi, kodingiz, parol*, kodini, код, коди",
        "strong": "bir martalik, tasdiqlash kodi",
        "purpose": "tasdiq*, kirish*, ro'yxat*, faollash*, тасдиқ*, кириш*",
        "ask": "kiriting, киритинг",
        "life": "amal qiladi, hech kim*, bermang, aytmang, амал қилади, ҳеч ким*",
        "other": "chegirma*, promo*, pochta",
        "label": "buyurtma*, hisob*, qo'ng'iroq*, balans*, summa*, буюртма*",
        "unit": "daqiqa*, soat*, kun*, so'm*, сум, сўм, дақиқа*",
        "money": "so'm, сум, сўм, uzs",
    },
    "kk": {
        "code": "код*, купия соз*, құпия соз*, құпиясоз*, кодыңыз*, kody",
        "strong": "бір реттік*, бир реттик*, растау код*",
        "purpose": "раста*, кіру*, киру*, тірке*, тирке*, белсенд*, қауіпсіздік*",
        "ask": "енгізіңіз, енгизиниз, қолдан*",
        "life": "жарамды*, ешкімге*, ешким*, бермеңіз*, айтпаңыз*",
        "other": "жеңілдік*, промо*, пошта*",
        "label": "тапсырыс*, шот*, сәлемдеме*, сома*, баланс*, қоңырау*",
        "unit": "минут*, сағат*, күн*, теңге*, тенге*",
        "money": "тг, теңге, тенге, kzt",
    },
    "ky": {
        "code": "код*, сырсөз*, сырсоз*",
        "strong": "бир жолку*",
        "purpose": "ырасто*, тастыкто*, кирүү*, катто*",
        "ask": "киргизиңиз, колдонуңуз",
        "life": "жарактуу*, эч ким*, бөлүшпө*",
        "label": "буйрутма*, эсеп*, сумма*",
        "unit": "мүнөт*, мунот*, саат*, күн*, сом*",
        "money": "сом",
    },
    "tg": {
        "code": "рамз*, парол*, код*",
        "strong": "якдафъаина*",
        "purpose": "тасди*, тасдиқ*, воридшав*, даромад*",
        "ask": "ворид кунед, истифода баред",
        "life": "эътибор*, ба касе*, надиҳед",
        "label": "фармоиш*, маблағ*, тавозун*",
        "unit": "дақиқа*, соат*, руз*, сомон*",
        "money": "сомони",
    },
    "ru": {
        "code": (
            "код, кода, коды, кодом, коде, пароль, пароля, паролем, пин, пинкод, пин код, кодовое слово, "
            "kod, parol, код*, парол*"
        ),
        "strong": (
            "одноразов*, смс код, sms код, код из смс, odnorazov*, код подтвержд*, проверочн*, "
            "код доступа, код входа"
        ),
        "purpose": (
            "подтвержд*, подтверд*, вход*, войти, войдите, авториз*, активац*, активир*, регистр*, "
            "верифик*, проверк*, проверочн*, безопасн*, доступ*, аутентиф*, идентиф*, восстанов*, сброс*, "
            "podtverzhd*, podtverzd*, vhod*, подпис*"
        ),
        "ask": "введите, введи, используйте, используй, укажите, ввести, vvedite, сообщите",
        "life": (
            "действ*, действителен, истека*, никому, не сообщайте, не говорите, не передавайте, "
            "никому не*, nikomu, годен"
        ),
        "other": (
            "скидк*, скидоч*, промо*, купон*, почтов*, подароч*, сертифик*, штрих*, страны, города, "
            "домофон*, получен*, выдачи, получения заказа, акци*, бонус*, приглаш*, товара, региона, окпо, "
            "инн, классифик*"
        ),
        "label": (
            "заказ*, счет*, чек, чека, посылк*, отправлен*, трек*, накладн*, звоните, позвоните, звонок, "
            "тел, телефон*, баланс*, остаток, сумм*, бронь, бронир*, рейс*, поезд*, вагон*, место, кв, "
            "квартира, дом, офис, кабинет, талон*, очеред*, номер заказа, договор*, заявк*, обращен*, инн, "
            "лицевой, л/с, лс, ячейк*, версия, ул, перевод*, покупк*, оплат*, списан*, зачислен*, "
            "доступно, задолженн*, долг*, zakaz*, summa, balans, полис*, госномер, код товара"
        ),
        "soft": "карт*, номер*, №, дата, время, до, счета",
        "unit": (
            "минут*, мин, час*, ч, день, дня, дней, сут*, секунд*, сек, балл*, бонус*, руб*, р, лет, год*, "
            "г, шт, км, кг, гб, мб, раз, копе*, человек, месяц*, мес, недел*, тыс, млн, min, rub, процент*"
        ),
        "money": "руб, рублей, рубля, рубль, р, rub, тенге, грн, сом, бел, byn, коп, usd, eur",
    },
    "uk": {
        "code": "код, коду, кодом, пароль, паролю, паролем, пін, пін код, кода",
        "strong": "одноразов*, смс код, код підтвердж*",
        "purpose": (
            "підтвердж*, підтверд*, вхід, вход*, входу, увійти, авториз*, актив*, реєстр*, верифік*, "
            "перевір*, безпек*, доступ*, ідентиф*, автентиф*"
        ),
        "ask": "введіть, використайте, використовуйте, вкажіть, уведіть",
        "life": "дійсн*, діє, діятиме, нікому, не повідомляйте, не передавайте",
        "other": "знижк*, промо*, поштов*, подарунк*, купон*, штрих*, отримання посилки",
        "label": (
            "замовлен*, рахун*, посилк*, відправлен*, ттн, накладн*, дзвоніть, телефонуйте, тел, баланс*, "
            "залишок, сума, суму, суми, бронюван*, рейс, договір, договор*, потяг, вагон, місце, кв, буд, "
            "звернення, заявк*, поповнен*, списан*, переказ*"
        ),
        "soft": "картк*, карт*, номер*, дата, до, від",
        "unit": "хвилин*, хв, годин*, год, дн*, день, секунд*, бал*, грн, гривень, гривен*, рок*, шт",
        "money": "грн, гривень, uah",
    },
    "be": {
        "code": "код*, парол*",
        "strong": "аднаразов*",
        "purpose": "пацвярдж*, пацверд*, увах*, аўтарыз*, рэгістр*, актывац*, бяспек*, праверк*",
        "ask": "увядзіце, выкарыстоўвайце",
        "life": "дзейн*, сапраўдн*, нікому, не паведамляйце",
        "other": "зніжк*, прома*, паштов*",
        "label": "заказ*, замов*, рахунак, тэл, сума, баланс, пасылк*",
        "unit": "хвілін*, гадзін*, дзён, руб*",
        "money": "руб, byn",
    },
    "bg": {
        "code": "код, кода, кодът, кодове, парола*, пин",
        "strong": "еднократ*, еднократн*",
        "purpose": (
            "потвърд*, потвържд*, верифик*, вход, влизане, влез*, активир*, регистр*, сигурност*, "
            "проверк*, удостовер*, оторизац*"
        ),
        "ask": "въведете, въведи, използвайте, използвай",
        "life": "валиден, валидна, валидност*, изтича, не споделяй*, на никого",
        "other": "промо*, отстъпк*, пощенски, ваучер*, подарък*, баркод*",
        "label": (
            "поръчк*, фактур*, пратк*, товарител*, обадете, обади, тел, сума, салдо, сметка, резервац*, "
            "полет, завършва*, наличност"
        ),
        "soft": "карта, номер, дата, до",
        "unit": "минут*, мин, час*, дни, ден, секунд*, точк*, лв, лева, евро, год*",
        "money": "лв, лева, bgn, евро",
    },
    "mk": {
        "code": "код, кодот, лозинк*, шифра",
        "strong": "еднократ*",
        "purpose": "потврд*, верифик*, најав*, актив*, регистр*, безбедн*",
        "ask": "внесете, користете",
        "life": "важи, важечк*, истекува, не го споделув*, никому",
        "label": "нарачк*, сметк*, пратк*, износ*, повика*",
        "unit": "минут*, час*, ден*, денари",
        "money": "ден, денари, мкд",
    },
    "sr": {
        "code": "код, кода, шифра, шифру, лозинк*",
        "strong": "једнократ*",
        "purpose": "потврд*, верифик*, провер*, пријав*, актив*, регистр*, безбедн*",
        "ask": "унесите, користите",
        "life": "важи, истиче, не делите, никоме",
        "other": "попуст*, промо*, поштански",
        "label": "наруџб*, рачун*, пошиљк*, пакет*, позовите, износ*, стање",
        "unit": "минут*, сат*, дан*, динара, дин",
        "money": "дин, динара, рсд",
    },
    "mn": {
        "code": "код*, нууц үг*, нууц уг*",
        "strong": "нэг удаагийн*",
        "purpose": "баталгаажуул*, нэвтрэх*, бүртг*, идэвхж*",
        "ask": "оруул*, ашигла*",
        "life": "хүчинтэй*, хэнд ч*, бусдад",
        "label": "захиалг*, данс*, үлдэгдэл*, утас*, дүн*",
        "unit": "минут*, цаг*, өдөр*, төгрөг*, хоног*",
        "money": "төгрөг, mnt",
    },
    "el": {
        "code": "κωδικος, κωδικο, κωδικου, κωδικοσ, κωδικ*, συνθηματικ*, kodikos, kwdikos",
        "strong": "μιας χρησης, μιας χρησησ, μιασ χρησησ, μιας φορας, otp",
        "purpose": (
            "επαληθευσ*, επιβεβαιωσ*, συνδεσ*, ενεργοποι*, εγγραφ*, ασφαλει*, ταυτοποιησ*, εισοδ*, "
            "πιστοποιησ*, εγκρισ*, epivevaios*, epalitheus*"
        ),
        "ask": "εισαγετε, χρησιμοποι*, πληκτρολογ*, καταχωρ*, ειναι, einai",
        "life": "ισχυ*, ληγει, λη*, μην τον μοιρα*, μην το*, κανενα*, μη κοινοποι*, μην κοινοποι*",
        "other": "εκπτωσ*, εκπτωτικ*, προσφορ*, ταχυδρομ*, δωρο*, κουπονι*, κληρωσ*",
        "label": (
            "παραγγελι*, τιμολογι*, δεμα*, αποστολ*, καλεστε, τηλ*, ποσο, υπολοιπο*, λογαριασμου αρ, "
            "κρατησ*, πτησ*, αρ πρωτ*, ληγει σε"
        ),
        "soft": "καρτα*, αριθμο*, λογαριασμ*, στις, εως, κιν*, ημερομηνι*",
        "unit": "λεπτ*, ωρ*, ημερ*, δευτερολεπτ*, ποντ*, ευρω, lepta",
        "money": "ευρω",
    },
    "hy": {
        "code": "կոդ, ծածկագիր, գաղտնաբառ, գաղտնագիր",
        "strong": "մեկանգամյա, միանգամյա",
        "purpose": "հաստատ, մուտք, ակտիվացմ, գրանցմ, նույնականաց, անվտանգ, վավերաց",
        "ask": "մուտքագր, օգտագործ",
        "life": "վավեր, գործում է, ոչ մեկին, մի տրամադր, մի հայտն",
        "other": "զեղչ, փոստային, պրոմո",
        "label": "պատվեր, հաշիվ, գումար, մնացորդ, զանգ, հեռ",
        "unit": "րոպե, ժամ, օր, դրամ",
        "money": "դրամ, ֏",
    },
    "ka": {
        "code": "კოდი, კოდის, კოდს, პაროლ, კოდ",
        "strong": "ერთჯერად",
        "purpose": (
            "დადასტურებ, ვერიფიკაც, ავტორიზაც, შესვლ, აქტივაც, რეგისტრაც, უსაფრთხო, დამადასტურ, იდენტიფიკაც"
        ),
        "ask": "შეიყვან, გამოიყენ, მიუთით",
        "life": "მოქმედებ, ძალაშია, ვადა, არავის, არ გაუზიარ",
        "other": "ფასდაკლებ, პრომო, საფოსტო, ვაუჩერ",
        "label": "შეკვეთ, ანგარიშ, თანხა, ნაშთი, დარეკ, ტელ, ამანათ",
        "unit": "წუთ, საათ, დღე, ლარი",
        "money": "ლარი, ლარ, ₾",
    },
    "he": {
        "code": "קוד, קודך, סיסמ, הקוד, ססמ, צופן",
        "strong": "חד פעמי, חד-פעמי, קוד אימות, קוד זיהוי",
        "purpose": "אימות, לאמת, כניס, להתחבר, התחבר, אישור, לאשר, הפעל, הרשמה, זיהוי, אבטח, להזדה, הזדהות",
        "ask": "הזן, הזינ, הקש, להזין, השתמש, הכנס",
        "life": "תקף, בתוקף, תוקף, אין להעביר, אל תשתף, אין לשתף, לא למסור, אין למסור",
        "other": "הנחה, קופון, מיקוד, מבצע, שובר, הטבה",
        "label": "הזמנה, חשבונית, משלוח, חבילה, מעקב, חייג, טל, טלפון, יתרה, סכום, המסתיים, פנייה, אסמכתא",
        "soft": "חשבון, כרטיס, מספר, תאריך",
        "unit": "דקות, דקה, שעות, שעה, ימים, שניות, נקודות, שקל",
        "money": 'שקל, שח, ש"ח, ₪',
    },
    "ar": {
        "code": (
            "رمز, كود, الرقم السري, كلمه السر, كلمه المرور, كلمة, رقمك السري, الشفره, كلمه مرور, ramz, code"
        ),
        "strong": (
            "لمره واحده, رمز التحقق, كود التحقق, رمز التاكيد, كود التفعيل, رمز التفعيل, رمز المرور, "
            "رقم التحقق, رقم التاكيد, الرقم السري المتغير, رمز الدخول, رمز الامان, رمز مؤقت, رقم التفعيل"
        ),
        "purpose": "تحقق, تاكيد, تفعيل, تسجيل, دخول, مصادق, توثيق, امان, تسجيل الدخول, هويت, استعاد",
        "ask": "ادخل, استخدم, اكتب, ادخال, يرجى ادخال",
        "life": "صالح, صلاحي, تنتهي, ينتهي, لا تشارك, لا تعط, لاي شخص, لا تفصح, مع احد, سري",
        "other": "خصم, قسيم, بريدي, كوبون, ترويج, عرض, هدي, تخفيض, الدول",
        "label": (
            "طلب رقم, رقم الطلب, طلبك, فاتور, شحن, تتبع, اتصل, هاتف, رصيد, مبلغ, المنتهي, تنتهي ب, "
            "رقم المرجع, مرجع, الحجز, رحل, بوليص, ايداع, سحب"
        ),
        "soft": "حساب, بطاق, رقم, جوال, بتاريخ, تاريخ, الساع, حتى",
        "unit": "دقيق, دقائق, ساع, يوم, ايام, ثاني, نقط, ريال, درهم, جنيه, دينار",
        "money": "ريال, درهم, جنيه, دينار, ر.س, د.إ, ج.م, ليره, دولار",
    },
    "fa": {
        "code": "کد, رمز, گذرواژه, پسورد, كد, رمزعبور, kod, code, پین",
        "strong": (
            "یکبار مصرف, یک بار مصرف, رمز پویا, رمز دوم, رمزدوم, کد تایید, کد تأیید, کدتایید, پویا, "
            "کد فعال, کد ورود"
        ),
        "purpose": "تایید, تأیید, ورود, فعال, ثبت نام, احراز, هویت, امنیت, اعتبارسنجی, بازیابی, تائید",
        "ask": "وارد, استفاده, وارد کنید, وارد نمایید",
        "life": "معتبر, اعتبار, منقضی, مهلت, در اختیار, به کسی, محرمانه, افشا",
        "other": "تخفیف, پستی, جایزه, قرعه, هدیه, معرف, پیگیری, رهگیری",
        "label": (
            "سفارش, فاکتور, مرسوله, رهگیری, پیگیری, تماس, تلفن, مبلغ, مانده, موجودی, حساب, واریز, "
            "برداشت از, مستند, رزرو, پرواز, شماره سفارش, قبض, شناسه"
        ),
        "soft": "کارت, شماره, موبایل, تاریخ, زمان, ساعت, تا",
        "unit": "دقیقه, ساعت, روز, ثانیه, امتیاز, تومان, ریال, نفر, سال, ماه",
        "money": "ریال, تومان, ريال",
    },
    "ps": {
        "code": "کوډ, پټنوم, پاسورډ",
        "purpose": "تایید, ننوتل, فعال",
        "life": "اعتبار, مه شریک",
        "unit": "دقیقې, ساعت, افغان",
        "money": "افغانی",
    },
    "ur": {
        "code": "کوڈ, پاس ورڈ, پن کوڈ, خفیه",
        "strong": "ایک بار, او ٹی پی, ون ٹائم",
        "purpose": "تصدیق, توثیق, لاگ ان, رجسٹر, ایکٹیو, فعال",
        "ask": "درج کریں, استعمال کریں",
        "life": "کارامد, میعاد, شییر نه کریں, کسی کے ساتھ, شیئر",
        "other": "رعایت, پوسٹل, انعام, ڈسکاؤنٹ",
        "label": "ارڈر, بل, کال, رقم, بیلنس, پارسل, رابطه",
        "unit": "منٹ, گھنٹ, دن, روپ",
        "money": "روپے, روپیه",
    },
    "hi": {
        "code": "कोड, पासवर्ड, पिन, कूट",
        "strong": "ओटीपी, वन टाइम, वन-टाइम, एक बार, सत्यापन कोड",
        "purpose": ("सत्याप, पुष्टि, लॉगिन, लॉग इन, साइन इन, सक्रिय, पंजीकरण, प्रमाण, वेरिफ, सुरक्षा, रजिस्टर"),
        "ask": "दर्ज, उपयोग, डाल, इस्तेमाल",
        "life": "मान्य, वैध, समाप्त, साझा न, किसी के साथ, किसी को, शेयर न, साझा",
        "other": "छूट, पिनकोड, कूपन, ऑफर, डाक, प्रोमो",
        "label": (
            "ऑर्डर, बिल, इनवॉइस, पार्सल, कॉल, राशि, शेष, बैलेंस, खाता संख्या, संदर्भ, फोन करें, टिकट, समाप्त होने वाले"
        ),
        "soft": "खाते, खाता, कार्ड, नंबर, मोबाइल, दिनांक, तारीख",
        "unit": "मिनट, घंट, दिन, सेकंड, अंक, रुपये, रुपए, रूपये, साल",
        "money": "रुपये, रुपए, रु, रू, रूपये, ₹",
    },
    "mr": {
        "code": "कोड, पासवर्ड, सांकेतिक",
        "strong": "ओटीपी, पडताळणी कोड",
        "purpose": "पडताळणी, सत्याप, लॉगिन, नोंदणी, पुष्टी",
        "ask": "प्रविष्ट, वापर, टाका",
        "life": "वैध, कोणाशीही, शेअर करू नका",
        "label": "ऑर्डर, रक्कम, शिल्लक, कॉल",
        "unit": "मिनिट, तास, दिवस, रुपये",
    },
    "ne": {
        "code": "कोड, पासवर्ड",
        "strong": "ओटीपी, प्रमाणीकरण कोड",
        "purpose": "प्रमाणीकरण, पुष्टि, लगइन, दर्ता, सत्यापन",
        "ask": "प्रविष्ट, प्रयोग",
        "life": "मान्य, कसैलाई, नदिनु",
        "label": "अर्डर, रकम, मौज्दात",
        "unit": "मिनेट, घण्टा, दिन, रुपैयाँ",
        "money": "रुपैयाँ, रू",
    },
    "bn": {
        "code": "কোড, পাসওয়ার্ড, পিন",
        "strong": "ওটিপি, একবার, এককালীন, ওয়ান টাইম, যাচাইকরণ কোড",
        "purpose": "যাচাই, নিশ্চিত, লগইন, লগ ইন, সক্রিয়, নিবন্ধন, ভেরিফ, সাইন ইন",
        "ask": "ব্যবহার, লিখুন, দিন, প্রবেশ করান",
        "life": "বৈধ, মেয়াদ, শেয়ার করবেন না, কাউকে, কারো সাথে",
        "other": "ছাড়, ডিসকাউন্ট, পোস্ট, কুপন, প্রোমো",
        "label": "অর্ডার, বিল, পার্সেল, কল, পরিমাণ, ব্যালেন্স, অ্যাকাউন্ট নং",
        "unit": "মিনিট, ঘণ্টা, ঘন্টা, দিন, টাকা, সেকেন্ড",
        "money": "টাকা, ৳",
    },
    "as": {
        "code": "ক'ড, কোড, পাছৱৰ্ড",
        "strong": "অ'টিপি",
        "purpose": "সত্যাপন, নিশ্চিত",
        "life": "বৈধ",
        "label": "অৰ্ডাৰ",
        "unit": "মিনিট",
    },
    "pa": {
        "code": "ਕੋਡ, ਪਾਸਵਰਡ, ਪਿੰਨ",
        "strong": "ਓਟੀਪੀ, ਵਨ ਟਾਈਮ, ਇੱਕ ਵਾਰ",
        "purpose": "ਪੁਸ਼ਟੀ, ਤਸਦੀਕ, ਲੌਗਇਨ, ਲਾਗਇਨ, ਪੜਤਾਲ",
        "ask": "ਦਰਜ, ਵਰਤੋ",
        "life": "ਵੈਧ, ਸਾਂਝਾ ਨਾ, ਕਿਸੇ ਨਾਲ",
        "label": "ਆਰਡਰ, ਰਕਮ, ਬਕਾਇਆ, ਕਾਲ",
        "unit": "ਮਿੰਟ, ਘੰਟ, ਦਿਨ, ਰੁਪਏ",
        "money": "ਰੁਪਏ",
    },
    "gu": {
        "code": "કોડ, પાસવર્ડ, પિન",
        "strong": "ઓટીપી, વન ટાઇમ",
        "purpose": "ચકાસણી, પુષ્ટિ, લૉગિન, લોગિન, વેરિફિકેશન, નોંધણી",
        "ask": "દાખલ, ઉપયોગ",
        "life": "માન્ય, શેર કરશો નહીં, કોઈની સાથે, શેર ન",
        "label": "ઓર્ડર, રકમ, બેલેન્સ, કૉલ",
        "unit": "મિનિટ, કલાક, દિવસ, રૂપિયા",
        "money": "રૂપિયા, રૂ",
    },
    "or": {
        "code": "କୋଡ୍, କୋଡ, ପାସୱାର୍ଡ",
        "strong": "ଓଟିପି",
        "purpose": "ଯାଞ୍ଚ, ନିଶ୍ଚିତ, ଲଗଇନ",
        "life": "ବୈଧ",
        "label": "ଅର୍ଡର",
        "unit": "ମିନିଟ, ଟଙ୍କା",
        "money": "ଟଙ୍କା",
    },
    "ta": {
        "code": "குறியீடு, குறியீட்ட, கடவுச்சொல், கடவுக்குறியீடு, பின்",
        "strong": "ஓடிபி, ஒருமுறை, ஒரு முறை",
        "purpose": "சரிபார்ப்பு, உறுதிப்படுத்த, உள்நுழை, செயல்படுத்த, பதிவு, அங்கீகார",
        "ask": "உள்ளிட, பயன்படுத்த",
        "life": "செல்லுபடி, காலாவதி, பகிர வேண்டாம், யாரிடமும், பகிராதீர்",
        "other": "தள்ளுபடி, அஞ்சல், கூப்பன்",
        "label": "ஆர்டர், தொகை, இருப்பு, அழைக்க, பில்",
        "unit": "நிமிட, மணி, நாட்க, ரூபாய்",
        "money": "ரூபாய், ரூ",
    },
    "te": {
        "code": "కోడ్, పాస్‌వర్డ్, పాస్వర్డ్, పిన్",
        "strong": "ఓటీపీ, ఒటిపి, వన్ టైమ్, ఓటిపి",
        "purpose": "ధృవీకరణ, ధ్రువీకరణ, నిర్ధారణ, లాగిన్, నమోదు, వెరిఫికేషన్",
        "ask": "నమోదు చేయండి, ఉపయోగించ, ఎంటర్",
        "life": "చెల్లు, ఎవరితోనూ, షేర్ చేయవద్దు, పంచుకోవద్దు",
        "label": "ఆర్డర్, మొత్తం, బ్యాలెన్స్, కాల్",
        "unit": "నిమిష, గంట, రోజు, రూపాయ",
        "money": "రూపాయ, రూ",
    },
    "kn": {
        "code": "ಕೋಡ್, ಪಾಸ್‌ವರ್ಡ್, ಪಾಸ್ವರ್ಡ್, ಸಂಕೇತ",
        "strong": "ಒಟಿಪಿ, ಓಟಿಪಿ, ಒಂದು ಬಾರಿ",
        "purpose": "ಪರಿಶೀಲನ, ದೃಢೀಕರಣ, ಲಾಗಿನ್, ನೋಂದಣಿ",
        "ask": "ನಮೂದಿಸಿ, ಬಳಸಿ",
        "life": "ಮಾನ್ಯ, ಹಂಚಿಕೊಳ್ಳಬೇಡಿ, ಯಾರೊಂದಿಗೂ",
        "label": "ಆರ್ಡರ್, ಮೊತ್ತ, ಬ್ಯಾಲೆನ್ಸ್, ಕರೆ",
        "unit": "ನಿಮಿಷ, ಗಂಟೆ, ದಿನ, ರೂಪಾಯಿ",
        "money": "ರೂಪಾಯಿ, ರೂ",
    },
    "ml": {
        "code": "കോഡ്, കോഡ, പാസ്‌വേഡ്, പാസ്വേഡ്, പാസ്‌വേർഡ്",
        "strong": "ഒടിപി, ഒറ്റത്തവണ",
        "purpose": "സ്ഥിരീകരണ, പരിശോധന, ലോഗിൻ, വെരിഫിക്കേഷൻ, രജിസ്",
        "ask": "നൽകുക, ഉപയോഗിക്കുക, ഉപയോഗിച്ച്",
        "life": "സാധുത, കാലാവധി, പങ്കിടരുത്, ആരുമായും, പങ്കുവെ",
        "label": "ഓർഡർ, തുക, ബാലൻസ്, വിളിക്ക",
        "unit": "മിനിറ്റ, മണിക്കൂർ, ദിവസ, രൂപ",
        "money": "രൂപ",
    },
    "si": {
        "code": "කේතය, කේත, මුරපද, රහස් අංක, කේතාංක",
        "strong": "එක් වරක්, එක්වරක්, ඔටීපී",
        "purpose": "සත්‍යාපන, සත්යාපන, තහවුරු, පිවිස, ලියාපදිංචි, සක්‍රිය, සක්රිය",
        "ask": "ඇතුළත්, භාවිතා",
        "life": "වලංගු, බෙදා නොගන්න, කිසිවෙකු, ලබා නොදෙන්න",
        "other": "වට්ටම්, තැපැල්",
        "label": "ඇණවුම, බිල්පත, මුදල, ශේෂය, අමතන්න",
        "unit": "මිනිත්තු, පැය, දින, රුපියල්, විනාඩි",
        "money": "රුපියල්, රු",
    },
    "th": {
        "code": "รหัส, รหัสผ่าน, โค้ด",
        "strong": ("รหัสยืนยัน, โอทีพี, รหัสลับ, รหัสผ่านครั้งเดียว, ใช้ครั้งเดียว, รหัสความปลอดภัย, รหัส otp"),
        "purpose": ("ยืนยัน, เข้าสู่ระบบ, ลงทะเบียน, เปิดใช้งาน, ตรวจสอบ, ความปลอดภัย, ทำรายการ, สมัคร, ตัวตน, ล็อกอิน"),
        "ask": "กรอก, ใส่, ป้อน, ใช้",
        "life": "หมดอายุ, ภายใน, ใช้ได้, ห้าม, อย่าเปิดเผย, ห้ามบอก, อย่าบอก, มีอายุ",
        "other": "ส่วนลด, ไปรษณีย์, คูปอง, โปรโมชั่น, แลก, สินค้า, จอง",
        "label": ("คำสั่งซื้อ, ใบแจ้งหนี้, พัสดุ, โทร, ยอด, จำนวนเงิน, คงเหลือ, เลขที่, ติดตาม, อ้างอิง, ลงท้าย, ref"),
        "soft": "บัญชี, บัตร, หมายเลข, เบอร์, วันที่, เวลา",
        "unit": "นาที, ชั่วโมง, วัน, บาท, วินาที, คะแนน, น.",
        "money": "บาท, ฿",
    },
    "lo": {
        "code": "ລະຫັດ",
        "strong": "ລະຫັດຢືນຢັນ, ຄັ້ງດຽວ",
        "purpose": "ຢືນຢັນ, ເຂົ້າສູ່ລະບົບ, ລົງທະບຽນ",
        "ask": "ໃສ່, ໃຊ້, ປ້ອນ",
        "life": "ໝົດອາຍຸ, ຢ່າ, ພາຍໃນ",
        "label": "ໂທ, ຈຳນວນ, ຍອດ",
        "unit": "ນາທີ, ຊົ່ວໂມງ, ມື້, ກີບ",
        "money": "ກີບ",
    },
    "km": {
        "code": "លេខកូដ, កូដ, ពាក្យសម្ងាត់, លេខសម្ងាត់, លេខសំងាត់",
        "strong": "លេខកូដផ្ទៀងផ្ទាត់, ម្តងគត់, តែម្តង",
        "purpose": "ផ្ទៀងផ្ទាត់, បញ្ជាក់, ចូល, ចុះឈ្មោះ",
        "ask": "បញ្ចូល, ប្រើ",
        "life": "សុពលភាព, ផុតកំណត់, កុំ",
        "label": "បញ្ជាទិញ, ចំនួន, សមតុល្យ, ទូរស័ព្ទ",
        "unit": "នាទី, ម៉ោង, ថ្ងៃ, រៀល, ដុល្លារ",
        "money": "រៀល, ដុល្លារ",
    },
    "my": {
        "code": "ကုဒ်, ကုတ်, စကားဝှက်, ကုဒ, လျှို့ဝှက်နံပါတ်",
        "strong": "တစ်ကြိမ်သုံး, အတည်ပြုကုဒ်",
        "purpose": "အတည်ပြု, ဝင်ရောက်, စာရင်းသွင်း, လုံခြုံရေး",
        "ask": "ထည့်, အသုံးပြု, ရိုက်ထည့်",
        "life": "သက်တမ်း, မမျှဝေ, မပြော",
        "label": "အော်ဒါ, ငွေ, လက်ကျန်, ဖုန်း",
        "unit": "မိနစ်, နာရီ, ရက်, ကျပ်",
        "money": "ကျပ်",
    },
    "vi": {
        "code": "mat khau, mat ma, ma so, ma pin, mat khau moi, ma cua ban, ma la, ma:",
        "strong": (
            "ma otp, ma xac thuc, ma xac nhan, ma xac minh, ma kich hoat, ma bao mat, ma dang nhap, "
            "ma kiem tra, ma so bi mat, mot lan, su dung mot lan"
        ),
        "purpose": (
            "xac thuc, xac nhan, xac minh, kich hoat, dang nhap, dang ky, bao mat, khoi phuc, giao dich"
        ),
        "ask": "nhap, su dung, vui long nhap, dung",
        "life": (
            "hieu luc, het han, khong chia se, khong cung cap, tuyet doi khong, co gia tri, khong tiet lo"
        ),
        "other": (
            "giam gia, khuyen mai, buu chinh, uu dai, voucher, van don, don hang, vach, qua tang, "
            "du thuong, vung, gioi thieu, dat cho, khach hang, hoa don, hop dong, buu dien, giao dich so"
        ),
        "label": (
            "don hang, van don, hoa don, kien hang, goi, lien he, hotline, sdt, dien thoai, tong dai, "
            "so tien, so du, sd, gd, ma gd, ma don, duoi, ket thuc, chuyen bay, phong, ma kh, stk, tk so, "
            "cmnd, cccd, bien so, so hop dong, ma hoa don, ma khach hang, soan"
        ),
        "soft": "tk, tai khoan, the, so, luc, ngay, den, truoc",
        "unit": "phut, gio, ngay, giay, diem, dong, vnd, nam, thang, lan, nguoi, gb, trieu, nghin",
        "money": "vnd, trieu",
    },
    "id": {
        "code": "kode, kata sandi, sandi, pin, password, *kode, kodenya",
        "strong": "kode otp, sekali pakai, kode verifikasi, kode rahasia",
        "purpose": (
            "verifik*, konfirmasi*, masuk, login, aktivasi*, aktifkan, daftar, pendaftaran, keamanan, "
            "otentik*, autentik*, registr*, akses"
        ),
        "ask": "masukkan, masukan, gunakan, adalah, ketik, input",
        "life": "berlaku*, kedaluwarsa, kadaluarsa, jangan, rahasia*, siapapun, siapa pun",
        "other": (
            "promo*, diskon, pos, kupon, undian, hadiah, negara, referral, unik transfer, booking, "
            "pesanan, barang, bayar, pembayaran, area, voucher"
        ),
        "label": (
            "pesanan, order, tagihan, resi, paket, hubungi, telp, telepon, saldo, nominal, jumlah, "
            "sebesar, no rek, rekening, berakhiran, kereta, penerbangan, kamar, no resi, invoice, "
            "id pelanggan, nopol, transfer, virtual account, total, no pesanan, ketik reg"
        ),
        "soft": "kartu, nomor, no, akun, hp, tgl, tanggal, pukul, jam, ke, hingga, sampai, ponsel",
        "unit": (
            "menit, mnt, jam, hari, detik, poin, rupiah, ribu, rb, juta, jt, tahun, bulan, minggu, kali, "
            "orang, wib"
        ),
        "money": "rp, rupiah, idr",
    },
    "ms": {
        "code": "kod, kata laluan, katalaluan, kod anda",
        "strong": "sekali guna, tac, kod pengesahan, kod tac, kod selamat",
        "purpose": "pengesahan, sahkan, log masuk, aktif*, daftar, keselamatan, transaksi, mengesahkan",
        "ask": "masukkan, gunakan, guna, ialah, adalah",
        "life": "sah, tamat, jangan kongsi, jangan berkongsi, sulit, sesiapa",
        "other": "diskaun, poskod, baucar, promosi, hadiah",
        "label": (
            "pesanan, bil, bungkusan, hubungi, tel, baki, amaun, jumlah, akaun no, berakhir dengan, tempahan"
        ),
        "soft": "kad, nombor, no, akaun, pada",
        "unit": "minit, jam, hari, saat, mata, ringgit",
        "money": "rm, ringgit, myr",
    },
    "tl": {
        "code": "code, kodigo, password, kowd",
        "strong": "isang beses, minsanang, one-time pin",
        "purpose": (
            "beripika*, beripikasyon, kumpirma*, mag log in, mag login, pagpapatunay, i-verify, pag login"
        ),
        "ask": "ilagay, gamitin, i-enter, ienter, itype",
        "life": "valid, bisa, huwag ibahagi, wag ibahagi, huwag, mag expire, kaninuman",
        "other": "diskwento, promo, koreo",
        "label": "order, bayarin, padala, tumawag, halaga, balanse, load",
        "unit": "minuto, oras, araw, piso, pesos, segundo",
        "money": "php, piso, pesos",
    },
    "jv": {
        "code": "kode, sandi",
        "purpose": "verifikasi, mlebu",
        "unit": "menit, jam, dina",
    },
    "mg": {
        "code": "kaody, teny miafina, tenimiafina",
        "purpose": "fanamarinana*, fidirana, hanamarina*",
        "unit": "minitra, andro",
        "money": "ariary",
    },
    "sw": {
        "code": (
            "msimbo, nambari ya siri, nenosiri, nywila, kodi ya, neno la siri, namba ya siri, pini, "
            "nambari yako ya"
        ),
        "strong": "mara moja, ya uthibitisho, ya uthibitishaji, ya kuthibitisha",
        "purpose": (
            "uthibitish*, thibitish*, kuthibitish*, kuingia, ingia, kujisajili, usajili, usalama, kuamilisha"
        ),
        "ask": "tumia, weka, ingiza, andika",
        "life": "halali, itaisha, inaisha, usishiriki, usimpe, usitoe, usiwape, muda wa",
        "other": "punguzo, posta, ofa, zawadi, promosheni",
        "label": (
            "oda, agizo, ankara, kifurushi, piga, simu, salio, kiasi, muamala, umepokea, umetuma, kumbukumbu"
        ),
        "soft": "akaunti, kadi, nambari, namba, tarehe, saa",
        "unit": "dakika, saa, siku, sekunde, pointi, shilingi, miezi",
        "money": "tsh, ksh, kes, tzs, shilingi, ugx",
    },
    "so": {
        "code": "koodh*, kood, furaha sirta, lambarka sirta, koodka",
        "strong": "hal mar",
        "purpose": "xaqiiji*, gelid*, gal, diiwaangel*",
        "ask": "geli, isticmaal",
        "life": "ansax, dhaca, ha la wadaagin",
        "label": "dalab*, lacag*, wac, haraaga",
        "unit": "daqiiqo*, saacad*, maalm*",
    },
    "ha": {
        "code": "lambar sirri, lambar*, kalmar sirri, lambar tabbatarwa",
        "strong": "sau daya",
        "purpose": "tabbatar*, shiga, rajista*",
        "ask": "shigar, yi amfani",
        "life": "kar ka, kada, zai kare",
        "label": "oda, kudi, kira, ragowar",
        "unit": "minti*, awa*, kwana*",
        "money": "naira",
    },
    "yo": {
        "code": "koodu, koodi, oro igbaniwole",
        "purpose": "ijerisi, wole, idaniloju",
        "life": "ma se pin, wulo",
        "unit": "iseju, wakati, ojo",
        "money": "naira",
    },
    "zu": {
        "code": "ikhodi, ikhowudi, iphasiwedi, ipin, ikhodi yakho",
        "purpose": "qinisekisa*, ukuqinisekisa, yokuqinisekisa, ngena, ukungena",
        "ask": "faka, sebenzisa",
        "life": "iphelelwa, ungabelani, ungayabelani",
        "unit": "imizuzu, amahora, izinsuku",
        "money": "rand",
    },
    "rw": {
        "code": "kode, umubare w'ibanga, ijambo ry'ibanga",
        "purpose": "kwemeza, kwinjira",
        "unit": "iminota, amasaha",
        "money": "rwf, frw",
    },
    "ht": {
        "code": "kod, modpas",
        "purpose": "verifikasyon, konfimasyon, konekte",
        "ask": "antre, itilize",
        "life": "pa pataje, ekspire",
        "unit": "minit, jou",
    },
    "cy": {
        "code": "cod, cyfrinair",
        "strong": "untro",
        "purpose": "dilysu, cadarnhau, mewngofnodi, gwirio, diogelwch",
        "ask": "rhowch, defnyddiwch",
        "life": "dilys, peidiwch, dod i ben",
        "label": "archeb, ffoniwch, cyfanswm",
        "unit": "munud, awr, diwrnod",
    },
    "ga": {
        "code": "cod, pasfhocal, chod",
        "strong": "aonuaire",
        "purpose": "fioraithe, fioru, dearbh*, logail isteach",
        "ask": "cuir isteach, usaid",
        "life": "bailí, bheith as feidhm, na roinn",
        "label": "ordu, glaoigh",
        "unit": "noimead, uair",
    },
    "mt": {
        "code": "kodici, password, kodiċi",
        "purpose": "verifika*, konferma*, aċċess, access",
        "life": "validu, tiskadi",
        "unit": "minuti, siegha, jiem",
    },
    "eo": {
        "code": "kodo, pasvorto",
        "purpose": "konfirm*, kontrol*, ensalut*",
        "ask": "enigu, uzu",
        "life": "validas, valida",
        "unit": "minutoj, horoj, tagoj",
    },
    "am": {
        "code": "ኮድ, የይለፍ ቃል, ሚስጥር ቁጥር, የሚስጥር ቁጥር, ምስጢር",
        "strong": "የአንድ ጊዜ, የማረጋገጫ ኮድ, ማረጋገጫ ቁጥር",
        "purpose": "ማረጋገጫ, ያረጋግጡ, ለመግባት, ምዝገባ",
        "ask": "ያስገቡ, ይጠቀሙ",
        "life": "ለማንም, አያጋሩ, ያገለግላል",
        "label": "ትዕዛዝ, ሂሳብ, ገንዘብ, ይደውሉ",
        "unit": "ደቂቃ, ሰዓት, ቀን, ብር",
        "money": "ብር",
    },
    "ti": {
        "code": "ኮድ, ቃል ምስጢር",
        "purpose": "መረጋገጺ, ንምእታው",
        "unit": "ደቒቕ, ሰዓት",
    },
    "zh": {
        "code": (
            "代码, 密码, 口令, 代碼, 密碼, 验证, 驗證, 码为, 碼為, 码是, 碼是, 编码, 识别码, 安全码, "
            "安全碼, 激活码, 動態碼"
        ),
        "strong": (
            "验证码, 驗證碼, 校验码, 校驗碼, 动态码, 动态密码, 動態密碼, 动态口令, 一次性, 一次性密码, "
            "一次性密碼, 短信码, 短信密码, 确认码, 確認碼, 认证码, 認證碼, 登录码, 登錄碼, 登入碼, "
            "安全代码, 安全代碼, 随机码, 隨機碼, 隨機密碼, 随机密码, 检验码, 檢驗碼, 短信驗證, 交易码, "
            "交易碼, 授权码, 授權碼, 检查码, 登录密码, 驗證代碼, 验证代码, 验证密码, 驗證號碼, 验证号码, "
            "手机校验, 识别代码, 验證碼, 授權密碼"
        ),
        "purpose": (
            "登录, 登錄, 登入, 注册, 註冊, 绑定, 綁定, 激活, 啟用, 身份, 认证, 認證, 确认, 確認, 找回, "
            "重置, 重設, 安全, 初始化"
        ),
        "ask": "输入, 輸入, 填写, 填寫, 使用, 请用, 請用, 将, 將",
        "life": (
            "有效, 过期, 過期, 失效, 泄露, 泄漏, 洩露, 洩漏, 勿告知, 告知他人, 转发, 轉發, 請勿, 请勿, "
            "切勿, 提供给, 分享, 共享"
        ),
        "other": (
            "优惠, 優惠, 折扣, 邮政, 郵政, 邮编, 郵遞區, 兑换, 兌換, 取件, 取货, 取貨, 提货, 提貨, 提取, "
            "邀请, 邀請, 推荐, 推薦, 条形, 二维, 二維, 商品, 礼品, 禮品, 券, 取餐, 兑奖, 中奖, 活动, 活動"
        ),
        "label": (
            "订单, 訂單, 单号, 單號, 运单, 運單, 快递, 快遞, 包裹, 发票, 發票, 尾号, 末四位, 尾數, 末碼, "
            "卡号, 账号, 帳號, 帳戶, 账户, 客服, 致电, 致電, 拨打, 撥打, 电话, 電話, 热线, 熱線, 专线, "
            "專線, 余额, 餘額, 金额, 金額, 消费, 消費, 合计, 合計, 编号, 編號, 号码, 號碼, 航班, 车次, "
            "房间, 座位, 取件码, 取貨碼, 取货码, 提货码, 回复, 回覆, 用户, 手机号, id, 版本, 流水号, 工单, "
            "共计, 序号"
        ),
        "unit": (
            "分钟, 分鐘, 分鍾, 小时, 小時, 天, 秒, 元, 年, 月, 日, 号, 號, 积分, 積分, 次, 个, 個, 件, 人, "
            "点, 點, 时, 時, 分, 万, 萬, 折, 位, 港元, 块, 塊, 条, 周, 週"
        ),
        "money": "元, 人民币, 人民幣, 港币, 港幣, 台幣, 新台幣, 美元, nt$, 港元, ¥, rmb, hk$, 块钱",
    },
    "ja": {
        "code": "コード, パスワード, 暗証, 番号は, パスコード, pin コード, キーワード",
        "strong": (
            "認証コード, 確認コード, 認証番号, 認証用, ワンタイム, 検証コード, セキュリティコード, "
            "確認番号, 認証キー, ログインコード, 本人確認, 二段階認証, 2段階認証, 承認番号, "
            "認証パスワード, ｾｷｭﾘﾃｨｺｰﾄﾞ, 認証ｺｰﾄﾞ, 暗証番号, ワンタイムパスワード, 照合番号"
        ),
        "purpose": "認証, 確認, ログイン, 登録, 有効化, 本人, 承認, サインイン, アクティベ, 再設定",
        "ask": "入力, 使用, 利用",
        "life": "有効, 期限, 共有, 教えないで, 他人, 第三者, お知らせ, 開示",
        "other": (
            "クーポン, 割引, 郵便, キャンペーン, 招待, プロモ, ギフト, 紹介, バーコード, qr, 商品, 製品, "
            "優待, エラー"
        ),
        "label": (
            "注文, 注文番号, 請求, 伝票, 追跡, お問い合わせ, 問い合わせ, 電話, 残高, 金額, 口座, 会員番号, "
            "予約, 便, 号室, 受付番号, 管理番号, 下4桁, 末尾, 合計, お客様番号, tel, 発送, 配達, 荷物, "
            "お届け"
        ),
        "unit": "分, 時間, 日, 円, 秒, ポイント, 年, 月, 回, 人, 時, 個, 件, 枚, 号, 名, 度, 階, 番, 桁",
        "money": "円, ¥, jpy",
    },
    "ko": {
        "code": "코드, 비밀번호, 번호는, 암호, 패스워드, 핀번호, 인증",
        "strong": (
            "인증번호, 인증 번호, 인증코드, 인증 코드, 확인코드, 확인 코드, 일회용, 일회성, 보안코드, "
            "보안 코드, 본인확인, 승인번호는, 확인번호, 확인 번호, 임시비밀번호, 임시 비밀번호, "
            "로그인 코드, 등록번호, 본인 확인, 보안번호, 1회용"
        ),
        "purpose": "인증, 로그인, 확인, 가입, 등록, 활성화, 본인, 접속, 승인",
        "ask": "입력, 사용",
        "life": "유효, 만료, 공유하지, 알려주지, 타인, 절대, 노출, 유출, 이내",
        "other": "할인, 우편, 쿠폰, 프로모, 초대, 추천, 상품, 제품, 바코드, 국가, 기프트, 교환",
        "label": (
            "주문, 주문번호, 송장, 운송장, 택배, 전화, 문의, 잔액, 금액, 계좌, 예약, 예약번호, 고객센터, "
            "접수번호, 호실, 항공, 결제금액, 합계, 누적, 카드번호, 승인, 일시불, 출금, 입금, 대표번호, "
            "상담, 회원번호"
        ),
        "unit": "분, 시간, 일, 원, 초, 점, 년, 월, 회, 명, 시, 개, 건, 포인트, 만원, 층, 호, 장",
        "money": "원, ₩, krw",
    },
}

# What may stand between a word and a number without blanks: "is123456", "123456is".
CONNECTORS = frozenset(
    (
        *("is", "es", "est", "ist", "la", "adalah", "to", "e", "er", "je", "jest", "este", "ni"),
        *("for", "and", "as", "your", "pour", "para", "fur", "per", "http", "https", "www"),
    )
)

# What stands between a word for a code and the code, as "is" does.
COPULAS = (
    *(
        "is",
        "are",
        "es",
        "est",
        "ist",
        "lautet",
        "jest",
        "este",
        "adalah",
        "ialah",
        "yra",
        "sunt",
        "eshte",
        "ban la",
    ),
    *("هو", "هي", "است", "הוא", "היא", "是", "为", "為", "は", "는", "은", "คือ", "है", "ειναι"),
)
# The same, where it would mean something else further away from the word.
SHORT_COPULAS = ("e", "er", "ar", "on", "to", "je", "la", "ir", "ni", "ay", "bu", "е", "є", "van", "olarak")
# The same behind the code, in languages whose verb comes last.
LAST_COPULAS = ("است", "है", "ہے", "입니다", "이다", "です", "dir", "'dir", "olarak")
# Between a code and the word for it: "use QPLM as your code".
AS = ("as", "als", "comme", "como", "come", "sebagai", "jako", "как", "як", "som", "kao")
# What follows it where the code comes first, as in "is your code".
POSSESSIVES = (
    *(
        "your",
        "the",
        "dein",
        "deine",
        "ihr",
        "ihre",
        "der",
        "die",
        "das",
        "votre",
        "ton",
        "le",
        "tu",
        "su",
        "el",
        "il tuo",
    ),
    *(
        "la tua",
        "il",
        "il suo",
        "o seu",
        "a sua",
        "seu",
        "sua",
        "o teu",
        "o",
        "a",
        "uw",
        "je",
        "jouw",
        "de",
        "din",
        "dit",
    ),
    *("ditt", "koden", "vahvistus", "twoj", "twoim", "vas", "tvuj", "codul", "kode", "kod", "ma", "sinun"),
)
# Words that stand in capitals where a code of letters could: answers, warnings, what became of the code.
CAPITALS: dict[str, str] = {
    "en": (
        "stop stopall stopsms help info start yes cancel quit unsubscribe unsub optout join more next menu back "
        "okay ready "
        "sent here below above soon now today asap only never always anyone nobody everyone share safe secret "
        "private "
        "confidential urgent important warning alert notice attention please thanks thank hello dear free new valid "
        "invalid expired expire expires active inactive blocked wrong incorrect correct required needed enabled "
        "disabled "
        "pending accepted rejected declined approved denied failed failure success done complete completed used "
        "unused "
        "changed updated reset verify verified confirm confirmed code codes password passcode login signin "
        "signup email "
        "mail phone mobile text message visa mastercard maestro paypal bank card debit credit wifi html http "
        "https json "
        "none null true false test demo sample example from your this that with will have been does then when "
        "what blue "
        "black white green must cannot"
    ),
    "fr": "arret arreter aide gratuit jamais personne valide invalide bloque urgent ici maintenant merci bonjour",
    "es": "baja alto ayuda urgente importante gratis secreto nunca nadie valido invalido vencido bloqueado "
    "gracias ahora",
    "de": "hilfe ende stopp nein dringend wichtig kostenlos geheim niemals niemand gultig ungultig abgelaufen "
    "gesperrt "
    "aktiv inaktiv bitte danke falsch richtig",
    "it": "annulla aiuto segreto nessuno scaduto subito grazie gratuito",
    "pt": "parar sair segredo ninguem expirado agora obrigado",
    "nl": "belangrijk nooit niemand geldig verlopen hulp gratis",
    "tr": "iptal yardim evet hayir gizli acil",
    "id": "berhenti bantuan rahasia jangan penting sekali tolong segera",
    "pl": "pomoc wazne nigdy nikomu tajne wazny niewazny",
    "sv": "hjalp viktigt aldrig ingen stopp hemlig",
    "nb": "hjelp viktig aldri ingen",
    "vi": "huy dung khong quan trong",
    "ru": "stop nikomu vazhno",
}
