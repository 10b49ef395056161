"""What messages say that do not belong on a public page: the words behind decide.py, language by language, as data.

A language (ISO 639) maps a category to its words, separated by commas, each with a weight of 2 ("clinic" alone says
enough) or, after the bar, of 1 ("card" says little alone). A text is withheld when a category weighs 3 or more, or 2
by one heavy word.

    bank        accounts, balances, transfers, statements
    payment     cards, wallets, charges, refunds
    health      appointments, results, prescriptions, insurance of health
    government  taxes, identity papers, authorities, courts
    recovery    passwords and accounts to be recovered, alarms about sign-ins

"konto*" matches the beginning of a word, and a word without an asterisk matches whole; phrases have up to four words.
Accents and case don't matter. Languages in SCRIPTS are written without blanks, or glue words together: there a word
matches anywhere. INNOCENT words take weight away: they belong to telephone credit, games, shops and weather.
"""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "bank": (
            "bank account, your bank, account balance, available balance, avl bal, debited, "
            "credited, netbanking, net banking, online banking, mobile banking, iban, overdraft, "
            "direct debit, standing order, wire transfer, bank transfer, new payee, beneficiary "
            "added, acct ending, account ending, account statement, e-statement, loan "
            "application, emi, mortgage, cheque, atm withdrawal, cash withdrawal, sort code, "
            "imps, neft, credit limit, your balance is, savings account, current account, bank "
            "statement, upi, a c no | bank, banking, account, acct, balance, transfer, "
            "transferred, withdrawal, withdrawn, deposit, deposited, transaction, txn, payee, "
            "statement, atm, loan, a c, interest, branch, salary, funds"
        ),
        "payment": (
            "card ending, card payment, paypal, venmo, cash app, zelle, apple pay, google pay, "
            "revolut, credit card, debit card, payment of, payment received, payment failed, "
            "payment declined, has been charged, you paid, you received, purchase of, was "
            "declined, direct payment, payment due, overdue payment, amount due, wallet balance, "
            "crypto wallet, withdraw request, withdrawal request, 3d secure, approve a payment, "
            "authorise a payment, authorize a payment, card purchase, your card, card number, "
            "cvv | card, payment, pay, paid, charged, purchase, refund, refunded, wallet, "
            "invoice, merchant, bill, spent, declined, due, visa, mastercard, amex, bitcoin, "
            "btc, subscription"
        ),
        "health": (
            "your appointment, appointment with, clinic, hospital, dentist, dental, doctor, gp "
            "surgery, surgery, prescription, pharmacy, test result*, lab result*, blood test, "
            "vaccin*, immuni*ation, covid test, patient, health insurance, medical, nhs, "
            "medication, physiotherap*, optician, radiology, mri, diagnos*, therapist, your "
            "refill, medicare, medicaid, covid-19 test, screening, midwife, maternity | "
            "appointment, dr, results, health, insurance, claim, checkup, check-up, refill, "
            "nurse, ward"
        ),
        "government": (
            "hmrc, irs, tax return, tax refund, tax rebate, gov uk, social security, national "
            "insurance, passport, immigration, uscis, dvla, dmv, medicaid office, benefits "
            "office, universal credit, unemployment, court, jury, police, ministry, council tax, "
            "aadhaar, aadhar, pan card, uidai, voter, driving licence, driver's license, visa "
            "application, income tax, embassy, customs duty, city hall, home office, probation, "
            "municipality, electoral | tax, gov, government, licence, license, fine, authority, "
            "department, citizen, penalty, registry, visa"
        ),
        "recovery": (
            "reset your password, password reset, reset password, forgot your password, recover "
            "your account, account recovery, recovery code, recover account, new sign-in, new "
            "login, new device, unusual sign-in, suspicious login, suspicious activity, "
            "temporary password, your new password, unlock your account, account locked, magic "
            "link, password was changed, password has been changed, change your password, "
            "sign-in attempt, login attempt, regain access, backup code | reset, password, "
            "recover, recovery, locked, unlock, suspicious, unauthorised, unauthorized, sign-in"
        ),
    },
    "de": {
        "bank": (
            "kontostand, kontobewegung*, uberweisung*, lastschrift*, sparkasse, volksbank, "
            "girokonto, kontoauszug*, onlinebanking, online-banking, dauerauftrag, abbuchung, "
            "gutschrift, ihr konto, kredit, pushtan, bankkonto, dispo, verfugbarer betrag | "
            "bank, konto, saldo, filiale, betrag, eur, umsatz*, gehalt"
        ),
        "payment": (
            "kartenzahlung*, kreditkarte, ihre karte, zahlung von, zahlung uber, abgebucht, "
            "rechnung uber, zahlungserinnerung, mahnung, belastet, paypal-konto, girocard | "
            "karte, zahlung, bezahlt, rechnung, betrag, kauf, erstattung, eur, offen*"
        ),
        "health": (
            "arzttermin, zahnarzt*, praxis, krankenhaus, klinik*, rezept, apotheke, "
            "testergebnis*, impf*, befund*, krankenkasse, patient*, blutwerte, therapie*, "
            "facharzt, hausarzt | termin, dr, ergebnis, gesundheit*, versicherung, labor"
        ),
        "government": (
            "finanzamt, steuerbescheid, steuer*, burgeramt, personalausweis, reisepass, "
            "jobcenter, arbeitsagentur, elster, bussgeld*, gericht*, polizei, behorde*, "
            "einwohnermeldeamt, standesamt, zoll, ministerium | antrag, bescheid, ausweis, stadt"
        ),
        "recovery": (
            "passwort zurucksetzen, passwort zuruckzusetzen, neues passwort, konto "
            "wiederherstell*, neue anmeldung, verdachtige*, konto gesperrt, kennwort "
            "zurucksetzen, passwort vergessen, wiederherstellungscode, passwort wurde geandert, "
            "neues gerat | passwort, kennwort, zurucksetz*, gesperrt, anmeldung, entsperren"
        ),
    },
    "fr": {
        "bank": (
            "compte bancaire, votre banque, virement*, prelevement*, solde, decouvert, releve de "
            "compte, iban, credit agricole, bnp paribas, societe generale, caisse d'epargne, "
            "beneficiaire, carte bancaire | banque, compte, bancaire, retrait, depot, operation, "
            "agence, epargne"
        ),
        "payment": (
            "paiement de, paiement par carte, votre carte, carte de credit, facture de, "
            "prelevee, debite*, votre paiement, achat de, paiement refuse, portefeuille | "
            "paiement, carte, payer, paye, facture, achat, montant, remboursement, eur"
        ),
        "health": (
            "medecin, docteur, clinique, hopital, dentiste, ordonnance, pharmacie, resultats "
            "d'analyse*, laboratoire, vaccin*, patient*, mutuelle, doctolib, ameli, cpam, "
            "assurance maladie, kine* | rendez-vous, rdv, dr, resultat*, sante, assurance, "
            "consultation"
        ),
        "government": (
            "impots, avis d'imposition, prefecture, mairie, pole emploi, france travail, carte "
            "d'identite, passeport, titre de sejour, amende*, tribunal, police, antai, securite "
            "sociale, urssaf, permis de conduire, service-public | impot, declaration, "
            "administration, demarche, dossier"
        ),
        "recovery": (
            "reinitialiser votre mot de passe, reinitialisation, mot de passe oublie, recuperer "
            "votre compte, nouvelle connexion, connexion suspecte, compte bloque, nouveau mot de "
            "passe, code de recuperation, nouvel appareil, mot de passe provisoire | mot de "
            "passe, connexion, bloque, suspect*, recuperation"
        ),
    },
    "es": {
        "bank": (
            "su cuenta, cuenta bancaria, saldo disponible, transferencia*, su banco, banca "
            "movil, domiciliacion, bizum, bbva, santander, caixabank, extracto, prestamo, clabe, "
            "retiro de, deposito en, abono | banco, cuenta, saldo, retiro, deposito, cargo, "
            "movimiento, cajero"
        ),
        "payment": (
            "su tarjeta, tu tarjeta, tarjeta de credito, tarjeta de debito, pago de, compra de, "
            "compra por, cargo de, cargo por, pago rechazado, factura de, mercado pago, pago "
            "recibido, monedero, recibo de | tarjeta, pago, compra, factura, pagar, importe, "
            "reembolso, eur, mxn, vence"
        ),
        "health": (
            "medico, doctora, clinica, hospital, dentista, receta, farmacia, resultados de, "
            "analitica, vacuna*, paciente, centro de salud, seguro medico, mutua, odontolog*, "
            "laboratorio, consulta medica, sanitaria | cita, dr, dra, salud, resultado*, seguro, "
            "consulta"
        ),
        "government": (
            "hacienda, agencia tributaria, seguridad social, sepe, dni, pasaporte, ayuntamiento, "
            "ministerio, multa*, dgt, juzgado, policia, declaracion de la renta, curp, "
            "extranjeria, padron, registro civil, tarjeta nie | impuesto*, tributo*, gobierno, "
            "tramite, expediente"
        ),
        "recovery": (
            "restablecer tu contrasena, restablecer su contrasena, restablecer la contrasena, "
            "recuperar tu cuenta, recuperar su cuenta, nuevo inicio de sesion, acceso "
            "sospechoso, cuenta bloqueada, contrasena temporal, codigo de recuperacion, nueva "
            "contrasena, olvidaste tu contrasena, nuevo dispositivo, recuperacion | contrasena, "
            "restablecer, bloquead*, sospechos*, recuperar"
        ),
    },
    "pt": {
        "bank": (
            "sua conta, conta corrente, saldo disponivel, transferencia*, pix, seu banco, "
            "extrato, boleto, emprestimo, itau, bradesco, nubank, caixa economica, deposito, "
            "saque | banco, conta, saldo, agencia, debito, credito"
        ),
        "payment": (
            "seu cartao, cartao de credito, cartao final, compra aprovada, compra de, pagamento "
            "de, fatura, pagamento recusado, cobranca, multibanco, mbway | cartao, pagamento, "
            "compra, pagar, valor, vencimento, fatura, reembolso"
        ),
        "health": (
            "sua consulta, consulta com, medico, medica, clinica, hospital, dentista, receita, "
            "farmacia, resultado do exame, vacina*, paciente, posto de saude, plano de saude, "
            "unimed, laboratorio, seus exames | consulta, dr, dra, saude, resultado*, agendad*, "
            "seguro"
        ),
        "government": (
            "receita federal, imposto de renda, inss, detran, passaporte, cpf, prefeitura, "
            "ministerio, multa, tribunal, policia, financas, seguranca social, titulo de "
            "eleitor, cartao de cidadao, gov br | imposto*, governo, declaracao, processo"
        ),
        "recovery": (
            "redefinir sua senha, redefinir a sua, redefinicao de senha, recuperar sua conta, "
            "nova senha, novo login, novo acesso, acesso suspeito, conta bloqueada, senha "
            "temporaria, codigo de recuperacao, esqueceu a senha, palavra-passe | senha, "
            "redefinir, recuperar, bloquead*, suspeit*, recuperacao"
        ),
    },
    "it": {
        "bank": (
            "conto corrente, saldo disponibile, bonifico, suo conto, tuo conto, estratto conto, "
            "intesa sanpaolo, unicredit, addebito, accredito, prelievo, mutuo, prestito, iban | "
            "banca, conto, saldo, disposizione, filiale"
        ),
        "payment": (
            "carta di credito, tua carta, sua carta, pagamento di, acquisto di, addebitat*, "
            "pagamento rifiutato, postepay, fattura di, carta che termina, satispay | carta, "
            "pagamento, pagare, fattura, importo, rimborso, acquisto, eur, scadenza"
        ),
        "health": (
            "medico, dottore, clinica, ospedale, dentista, ricetta, farmacia, referto, esami, "
            "vaccin*, paziente, ambulatorio, fascicolo sanitario, visita medica, prestazione "
            "sanitaria | appuntamento, dott, salute, risultat*, assicurazione, prenotazione"
        ),
        "government": (
            "agenzia delle entrate, inps, codice fiscale, spid, carta d'identita, passaporto, "
            "comune di, questura, multa, tribunale, polizia, ministero, permesso di soggiorno, "
            "patente, tasse, prefettura | imposta, ufficio, pratica, dichiarazione"
        ),
        "recovery": (
            "reimpostare la password, reimposta la password, reimposta la tua, recupero account, "
            "recuperare il tuo account, nuovo accesso, accesso sospetto, account bloccato, "
            "password temporanea, password dimenticata, codice di recupero, nuova password, "
            "recupero della password | password, reimposta*, bloccat*, sospett*, recupero"
        ),
    },
    "nl": {
        "bank": (
            "uw rekening, je rekening, saldo, overboeking, ing bank, rabobank, abn amro, "
            "betaalrekening, incasso, bankrekening, afschrift, hypotheek, lening, tikkie | bank, "
            "rekening, overschrijving, bijgeschreven, afgeschreven"
        ),
        "payment": (
            "betaling van, creditcard, betaalpas, uw pas, je pas, pinpas, factuur van, "
            "openstaand*, betalingsherinnering, betaald met, met ideal | betaling, betaald, "
            "betalen, factuur, aankoop, bedrag, eur"
        ),
        "health": (
            "huisarts, ziekenhuis, tandarts, apotheek, uitslag, vaccinatie, patient, "
            "polikliniek, zorgverzekering, ggd, fysiotherap*, kliniek, medicijn* | afspraak, dr, "
            "arts, gezondheid, verzekering, zorg"
        ),
        "government": (
            "belastingdienst, digid, gemeente, paspoort, rijbewijs, uwv, svb, boete, cjib, "
            "rechtbank, politie, toeslag*, identiteitskaart | belasting, aanvraag, overheid"
        ),
        "recovery": (
            "wachtwoord herstellen, wachtwoord opnieuw, wachtwoord resetten, nieuw wachtwoord, "
            "account herstel*, nieuwe aanmelding, verdachte, account geblokkeerd, wachtwoord "
            "vergeten, herstelcode, tijdelijk wachtwoord | wachtwoord, geblokkeerd, herstel*, "
            "aanmelding"
        ),
    },
    "pl": {
        "bank": (
            "na koncie, saldo, przelew*, rachun*, twoje konto, wyplata z, mbank, pko, ing bank, "
            "kredyt, obciazenie, uznanie, dostepne srodki, stan konta, lokata | bank, konto, "
            "srodki, wplata, wyplata, kwota"
        ),
        "payment": (
            "karta konczaca, twoja karta, platnosc karta, platnosc na, blik, zaplacono, faktura, "
            "transakcja karta, autoryzacja platnosci, odrzucona, karty, do zaplaty | karta, "
            "platnosc, zaplac, zakup, kwota, zwrot, pln, termin"
        ),
        "health": (
            "lekarz*, przychodni*, szpital, dentyst*, stomatolog, recept*, e-recepta, aptek*, "
            "wynik badan*, wyniki, szczepi*, pacjent*, nfz, poradnia, laboratorium | wizyta, dr, "
            "zdrow*, badanie, termin, ubezpieczenie"
        ),
        "government": (
            "urzad skarbowy, zus, podatk*, dowod osobisty, paszport, mandat, policja, "
            "ministerstwo, profil zaufany, urzad, epuap, pesel, prawo jazdy, wezwanie do sadu, "
            "pit-37 | wniosek, decyzja, gmina"
        ),
        "recovery": (
            "zresetuj haslo, resetowan*, resetowanie hasla, reset hasla, nowe haslo, odzyskaj "
            "konto, odzyskiwanie, nowe logowanie, podejrzan*, konto zablokowane, haslo "
            "tymczasowe, zapomniane haslo, zmiana hasla, nowe urzadzenie | haslo, hasla, "
            "zablokowan*, logowanie"
        ),
    },
    "tr": {
        "bank": (
            "hesabinizdan, hesabiniza, bakiye*, havale, ziraat, garanti, akbank, is bankasi, "
            "yapi kredi, hesap hareketi, kredi basvuru*, para cekme, hesabiniz, ekstre, iban, "
            "eft ile, fast ile | banka*, hesap, tutar, tl, para, sube"
        ),
        "payment": (
            "kartiniz*, kredi kart*, odemeniz, harcama*, fatura*, kartinizla, tahsil, odeme "
            "alindi, son odeme, borcunuz, papara | kart, odeme, tl, tutar, alisveris, iade"
        ),
        "health": (
            "hastane*, doktor*, randevunuz, dis hekim*, recete*, eczane*, tahlil, sonucunuz, "
            "mhrs, e-nabiz, klinik, poliklinik, muayene | randevu, dr, saglik, sonuc*, sigorta"
        ),
        "government": (
            "vergi*, e-devlet, nufus, pasaport, sgk, trafik cezasi, mahkeme, emniyet, belediye*, "
            "ehliyet, bakanligi, gib, uyap, kimlik kart* | ceza, basvuru*, devlet"
        ),
        "recovery": (
            "sifrenizi sifirla*, sifre sifirlama, yeni sifre*, hesabinizi kurtar*, hesap "
            "kurtarma, yeni giris, supheli, hesabiniz kilit*, gecici sifre*, sifremi unuttum, "
            "parola sifirla* | sifre*, parola, kilitlen*, sifirla*"
        ),
    },
    "ru": {
        "bank": (
            "сбер, сбербанк, тинькофф, втб, альфа-банк, счет*, зачислен*, списан*, баланс карты, "
            "остаток, перевод от, перевод на, выдача наличных, кредит*, ипотек*, вклад*, "
            "доступно, снятие | банк*, баланс, перевод*, сумма, руб, р, операция, пополнение"
        ),
        "payment": (
            "картой, вашей карты, ваша карта, покупка на, оплата на, оплата картой, платеж на, "
            "задолженность, счет на оплату, юmoney, qiwi, квитанция, карта visa, карта "
            "mastercard | карта, карты, покупка, оплата, платеж*, руб, р, возврат, сумма, "
            "оплатите, visa"
        ),
        "health": (
            "врач*, поликлиник*, больниц*, стоматолог*, клиник*, рецепт*, аптек*, результат* "
            "анализ*, анализ*, прививк*, вакцин*, пациент*, полис омс, медицинск* | запись, "
            "прием, записан*, здоров*, результат*, страхов*"
        ),
        "government": (
            "госуслуг*, налог*, фнс, мфц, паспорт*, штраф*, гибдд, суд, полици*, фссп, "
            "пенсионн*, снилс, мвд, военкомат, миграцион* | заявлени*, инспекци*, министерств*, "
            "обращение"
        ),
        "recovery": (
            "сброс пароля, сбросить пароль, восстановлени*, восстановить доступ, новый вход, "
            "подозрительн*, аккаунт заблокирован, временный пароль, новый пароль, забыли пароль, "
            "смена пароля, сброса пароля, вход с нового | пароль, пароля, заблокирован*, вход, "
            "доступ"
        ),
    },
    "uk": {
        "bank": (
            "приватбанк, монобанк, monobank, ощадбанк, рахун*, зарахован*, списан*, залишок, "
            "переказ*, кредит*, депозит*, зняття | банк*, баланс, сума, грн, картка, поповнення"
        ),
        "payment": (
            "картк*, оплата на, покупка на, платіж на, заборгован*, рахунок на оплату | оплата, "
            "покупка, платіж*, грн, сума, повернення, картка"
        ),
        "health": (
            "лікар*, поліклінік*, лікарн*, стоматолог*, клінік*, рецепт*, аптек*, аналіз*, "
            "щеплен*, вакцин*, пацієнт*, медичн* | запис, прийом, здоров*, результат*"
        ),
        "government": (
            "дія, податк*, паспорт*, штраф*, суд, поліці*, тцк, пенсійн*, міністерств*, цнап, "
            "дпс | заява, держав*, довідк*"
        ),
        "recovery": (
            "скидання пароля, скинути пароль, відновлен*, новий вхід, підозріл*, акаунт "
            "заблоковано, тимчасовий пароль, новий пароль, забули пароль, зміна пароля | пароль, "
            "пароля, заблокован*, вхід"
        ),
    },
    "el": {
        "bank": (
            "λογαριασμ*, υπολοιπο, τραπεζα, μεταφορα, alpha bank, eurobank, πειραιως, αναληψη, "
            "καταθεση, δανειο, iban | eur, ποσο, συναλλαγη"
        ),
        "payment": (
            "καρτα σας, πιστωτικη, πληρωμη, χρεωση, αγορα με, τιμολογιο, οφειλη, χρεωθηκε | "
            "καρτα, ποσο, eur, αγορα"
        ),
        "health": (
            "γιατρ*, νοσοκομειο, κλινικη, οδοντιατρ*, συνταγη, φαρμακ*, εξετασ*, εμβολι*, "
            "ασθεν*, eopyy, εοπυυ, ιατρ* | ραντεβου, υγεια*, αποτελεσμα*"
        ),
        "government": (
            "ααδε, εφορια, taxisnet, φορος, φορο*, διαβατηριο, ταυτοτητα, προστιμο, δικαστηριο, "
            "αστυνομια, efka, εφκα, gov gr, δημος | αιτηση, υπουργειο"
        ),
        "recovery": (
            "επαναφορα κωδικου, επαναφορα του κωδικου, ανακτηση, νεα συνδεση, υποπτη, "
            "κλειδωθηκε, νεος κωδικος, προσωρινος κωδικος | επαναφορα, συνδεση"
        ),
    },
    "cs": {
        "bank": (
            "zustatek, na uctu, ucet, uctu, prevod, platba z, csob, ceska sporitelna, komercni "
            "banka, vyber z, pujcka, hypoteka, inkaso | banka, kc, castka, pripsano, odepsano"
        ),
        "payment": (
            "platba kartou, vase karta, vasi kartou, faktura, k uhrade, zaplaceno, kreditni "
            "karta, platebni, dobirka zaplacena | karta, platba, kc, castka, nakup"
        ),
        "health": (
            "lekar*, ordinace, nemocnice, zubar*, zubni, recept, erecept, lekarna, vysledky, "
            "ockovani, pacient*, poliklinika, pojistovna | termin, mudr, zdrav*, objednan*, "
            "vysetreni"
        ),
        "government": (
            "financni urad, danove, dan z, obcansky prukaz, cestovni pas, pokuta, soud, policie, "
            "ministerstvo, datova schranka, urad prace, cssz | zadost, rozhodnuti"
        ),
        "recovery": (
            "obnoveni hesla, obnovit heslo, reset hesla, nove heslo, nove prihlaseni, podezrel*, "
            "ucet zablokovan, docasne heslo, zapomenute heslo, obnova uctu | heslo, hesla, "
            "zablokovan*, prihlaseni"
        ),
    },
    "ro": {
        "bank": (
            "contul dvs, cont bancar, sold*, transfer de, banca transilvania, bcr, brd, "
            "retragere, depunere, extras de cont, contul | banca, ron, suma, tranzactie"
        ),
        "payment": (
            "cardul dvs, cardul, plata de, plata cu, factura*, de plata, achitat, tranzactie cu "
            "cardul, debitat | plata, ron, suma, lei, scadent*"
        ),
        "health": (
            "medicul, clinica, spital*, dentist, stomatolog*, reteta, farmaci*, analize*, "
            "vaccin*, pacient*, programarea, doctorul | programare, dr, sanatate, rezultat*, "
            "consultatie"
        ),
        "government": (
            "anaf, impozit*, pasaport, buletin, amenda, politia, primaria, instanta, ministerul, "
            "ghiseul, cnas, carte de identitate, permis de conducere | taxa, cerere, dosar"
        ),
        "recovery": (
            "resetare parola, resetarea parolei, reseta parola, parola noua, recuperare cont, "
            "recuperarea contului, autentificare noua, suspect*, cont blocat, parola temporara, "
            "ai uitat parola, resetati parola | parola, blocat*, resetare"
        ),
    },
    "hu": {
        "bank": (
            "egyenleg*, szamla*, utalas*, otp bank, k&h, erste, terheles, jovairas, hitel*, "
            "keszpenzfelvetel | bank*, huf, osszeg"
        ),
        "payment": (
            "kartyaval, bankkartya*, kartyaja, fizetes, szamla kiegyenlit*, fizetendo, vasarlas, "
            "szamlaja | kartya, huf, osszeg, hatarido"
        ),
        "health": (
            "orvos*, korhaz*, rendelo*, fogorvos*, recept*, gyogyszertar*, lelet*, oltas*, "
            "beteg*, eeszt, szakrendel* | idopont*, dr, egeszseg*, vizsgalat*"
        ),
        "government": (
            "ugyfelkapu, szemelyi igazolvany, utlevel, birsag, birosag, rendorseg, "
            "kormanyhivatal, onkormanyzat, ado*bevallas, adoszam*, nav ertesit* | kerelem, "
            "hivatal, hatarozat"
        ),
        "recovery": (
            "jelszo visszaallitas*, visszaallit*, uj jelszo, uj bejelentkezes, gyanus, fiok "
            "zarol*, ideiglenes jelszo, elfelejtett jelszo, fiok helyreallit* | jelszo*, zarol*, "
            "bejelentkezes"
        ),
    },
    "sv": {
        "bank": (
            "ditt konto, saldo, overforing, swedbank, handelsbanken, nordea, swish, kontoutdrag, "
            "bankid, insattning, uttag | bank, konto, kr, belopp"
        ),
        "payment": (
            "ditt kort, kortkop, betalning pa, faktura, forfaller, betalkort, kreditkort, "
            "klarna, obetald | kort, betalning, betald, kr, belopp"
        ),
        "health": (
            "lakar*, vardcentral*, sjukhus*, tandlakar*, recept, apotek*, provsvar, vaccin*, "
            "patient*, 1177, klinik*, mottagning | dr, halsa, bokad, provtagning"
        ),
        "government": (
            "skatteverket, forsakringskassan, polisen, domstol, kommunen, transportstyrelsen, "
            "deklaration, skatt*, arbetsformedlingen, migrationsverket, ditt pass, ditt nya pass "
            "| ansokan, beslut, myndighet"
        ),
        "recovery": (
            "aterstalla losenord*, aterstalla ditt, nytt losenord, ny inloggning, misstankt, "
            "konto last, tillfalligt losenord, glomt losenord, aterstallning | losenord*, "
            "aterstall*, inloggning"
        ),
    },
    "id": {
        "bank": (
            "rekening anda, saldo anda, transfer ke, transfer dari, bca, mandiri, bri, bni, "
            "m-banking, mutasi, tarik tunai, pinjaman, rekening, tabungan | bank, saldo, rp, "
            "transfer, dana"
        ),
        "payment": (
            "kartu kredit, kartu anda, pembayaran sebesar, pembayaran anda, tagihan*, gopay, "
            "shopeepay, jatuh tempo, transaksi sebesar, dompet | kartu, pembayaran, bayar, rp, "
            "transaksi"
        ),
        "health": (
            "dokter, klinik, rumah sakit, puskesmas, resep, apotek, hasil lab, hasil tes, "
            "vaksin*, pasien, bpjs kesehatan, pcr | janji, dr, kesehatan, hasil, kontrol"
        ),
        "government": (
            "pajak, npwp, djp, ktp, paspor, imigrasi, polisi, tilang, pengadilan, kementerian, "
            "bansos, dukcapil, samsat, sim anda | pemerintah, permohonan, dinas"
        ),
        "recovery": (
            "reset kata sandi, atur ulang kata sandi, atur ulang sandi, pemulihan akun, pulihkan "
            "akun, login baru, mencurigakan, akun terkunci, kata sandi sementara, lupa kata "
            "sandi, lupa password, kata sandi baru, reset password | sandi, terkunci, pemulihan"
        ),
    },
    "ms": {
        "bank": (
            "akaun anda, baki, pindahan, maybank, cimb, duitnow, pengeluaran tunai, pinjaman | "
            "bank, akaun, rm"
        ),
        "payment": (
            "kad anda, kad kredit, bayaran sebanyak, bil anda, touch n go, transaksi kad | bayaran, rm, bil"
        ),
        "health": (
            "doktor, klinik, hospital, ubat, farmasi, vaksin*, pesakit, mysejahtera, temujanji | "
            "dr, kesihatan"
        ),
        "government": (
            "lhdn, cukai, jpj, mykad, pasport, polis, saman, mahkamah, kementerian, kwsp, jpn | "
            "kerajaan, permohonan"
        ),
        "recovery": (
            "tetapkan semula kata laluan, set semula kata laluan, kata laluan baharu, pemulihan "
            "akaun, log masuk baru, mencurigakan, akaun dikunci, kata laluan sementara, lupa "
            "kata laluan | laluan, dikunci"
        ),
    },
    "vi": {
        "bank": (
            "so du, tai khoan cua quy khach, vietcombank, techcombank, vietinbank, bidv, chuyen "
            "khoan, chuyen tien, vay von, rut tien, so du tk, giao dich tk, tk cua, so tk | ngan "
            "hang, vnd, giao dich"
        ),
        "payment": (
            "the tin dung, the cua quy khach, thanh toan, hoa don, vi momo, zalopay, thanh toan the | vnd"
        ),
        "health": (
            "bac si, benh vien, phong kham, nha khoa, don thuoc, nha thuoc, ket qua xet nghiem, "
            "xet nghiem, tiem chung, vac xin, benh nhan, bao hiem y te | lich hen, suc khoe"
        ),
        "government": (
            "cccd, can cuoc, ho chieu, phat nguoi, toa an, cong an, bo y te, bo cong an, vneid, "
            "bhxh, dich vu cong, nop thue, cuc thue | ho so"
        ),
        "recovery": (
            "dat lai mat khau, khoi phuc tai khoan, mat khau moi, dang nhap moi, dang nhap la, "
            "bat thuong, tai khoan bi khoa, mat khau tam thoi, quen mat khau, doi mat khau | mat "
            "khau, dang nhap"
        ),
    },
}

# Languages in which a word matches anywhere in the text
SCRIPTS: dict[str, dict[str, str]] = {
    "zh": {
        "bank": (
            "余额, 餘額, 账户余额, 转账, 轉帳, 尾号, 尾號, 储蓄卡, 入账, 入賬, 汇款, 匯款, 贷款, "
            "貸款, 银行卡, 銀行卡, 账单, 取款 | 银行, 銀行, 账户, 帳戶, 存款, 元"
        ),
        "payment": (
            "信用卡, 支付宝, 支付寶, 微信支付, 消费, 消費, 扣款, 还款, 還款, 刷卡, 支出人民币, "
            "付款成功, 退款, 帐单, 帳單 | 支付, 付款, 元, 卡"
        ),
        "health": (
            "医院, 醫院, 挂号, 掛號, 门诊, 門診, 检查结果, 檢查結果, 体检, 體檢, 疫苗, 处方, "
            "處方, 就诊, 就診, 核酸, 医保, 健保, 診所, 诊所, 牙科 | 预约, 預約, 医生, 醫師, 报告"
        ),
        "government": (
            "税务, 稅務, 税局, 個人所得税, 社保, 公安, 法院, 护照, 護照, 身份证, 身分證, 交管, "
            "违章, 罰單, 签证, 簽證, 政务, 公积金, 戶政 | 办理, 申請, 政府"
        ),
        "recovery": (
            "重置密码, 重設密碼, 重设密码, 找回密码, 找回密碼, 找回账号, 账号异常, 帳號異常, "
            "异地登录, 異地登入, 新设备登录, 临时密码, 臨時密碼, 恢复账户, 忘记密码, 忘記密碼, "
            "修改密码, 更改密碼 | 密码, 密碼, 冻结, 登录异常"
        ),
    },
    "ja": {
        "bank": (
            "口座, 残高, 振込, お振込, 入金, 出金, 引き落とし, 引落, ローン, 三菱ufj, 三井住友, "
            "みずほ, ゆうちょ, 預金 | 銀行, 円, 取引"
        ),
        "payment": (
            "カード利用, ご利用金額, クレジットカード, お支払い, 請求, 決済, カードのご利用, "
            "引き落とし額, 未払い | カード, 円, 支払"
        ),
        "health": (
            "診察, 病院, クリニック, 歯科, 処方, 薬局, 検査結果, ワクチン, 予防接種, 健診, 患者, "
            "医院, 受診, 保険証 | 予約, 先生, 結果"
        ),
        "government": (
            "税務署, 国税庁, 確定申告, マイナンバー, 年金, 市役所, 区役所, 警察, 裁判所, "
            "パスポート, 運転免許, 入管, 納税, 住民税 | 申請, 役所"
        ),
        "recovery": (
            "パスワードの再設定, パスワード再設定, パスワードをリセット, パスワードリセット, "
            "アカウントの復元, アカウント復旧, 新しいログイン, 不審なログイン, "
            "アカウントがロック, 仮パスワード, パスワードを変更, 不正ログイン, 新しい端末 | "
            "パスワード, ロック"
        ),
    },
    "ko": {
        "bank": (
            "잔액, 입금, 출금, 이체, 계좌, 국민은행, 신한은행, 우리은행, 하나은행, 농협, "
            "카카오뱅크, 대출, 예금 | 은행, 원"
        ),
        "payment": (
            "승인, 카드승인, 결제, 일시불, 신용카드, 체크카드, 청구, 결제금액, 카드대금, 미납, "
            "환불 | 카드, 원"
        ),
        "health": (
            "진료, 병원, 의원, 치과, 처방, 약국, 검사결과, 검사 결과, 백신, 예방접종, 건강검진, "
            "환자, 외래 | 예약, 건강보험, 결과"
        ),
        "government": (
            "국세청, 홈택스, 세금, 주민등록, 여권, 경찰, 법원, 과태료, 범칙금, 국민연금, 정부24, "
            "구청, 시청, 출입국, 병무청 | 신청, 민원"
        ),
        "recovery": (
            "비밀번호 재설정, 비밀번호를 재설정, 비밀번호 초기화, 계정 복구, 새로운 로그인, "
            "의심스러운, 계정이 잠, 임시 비밀번호, 비밀번호 찾기, 비밀번호 변경, 새 기기 | "
            "비밀번호, 로그인 시도"
        ),
    },
    "th": {
        "bank": (
            "ยอดเงิน, คงเหลือ, บัญชี, โอนเงิน, เงินเข้า, เงินออก, ถอนเงิน, ฝากเงิน, สินเชื่อ, "
            "กสิกร, ไทยพาณิชย์, กรุงไทย | ธนาคาร, บาท"
        ),
        "payment": ("บัตรเครดิต, ชำระเงิน, ยอดชำระ, ใช้จ่าย, ค้างชำระ, ใบแจ้งหนี้, รูดบัตร, พร้อมเพย์ | บัตร, บาท, ชำระ"),
        "health": ("โรงพยาบาล, คลินิก, แพทย์, หมอ, ทันต, ใบสั่งยา, ผลตรวจ, วัคซีน, ผู้ป่วย, ตรวจสุขภาพ | นัด, สุขภาพ"),
        "government": (
            "สรรพากร, ภาษี, ประกันสังคม, หนังสือเดินทาง, บัตรประชาชน, ตำรวจ, ศาล, ค่าปรับ, "
            "ใบสั่ง, กรมการปกครอง, กระทรวง | ราชการ"
        ),
        "recovery": (
            "รีเซ็ตรหัสผ่าน, ตั้งรหัสผ่านใหม่, กู้คืนบัญชี, เข้าสู่ระบบใหม่, น่าสงสัย, "
            "บัญชีถูกล็อก, รหัสผ่านชั่วคราว, ลืมรหัสผ่าน, เปลี่ยนรหัสผ่าน | รหัสผ่าน"
        ),
    },
    "ar": {
        "bank": (
            "رصيدك, رصيد حسابك, حسابك البنكي, حوالة, تحويل, سحب نقدي, ايداع, الراجحي, البنك "
            "الاهلي, قرض, كشف حساب, حسابكم | بنك, البنك, حساب, ريال, جنيه, مبلغ, درهم"
        ),
        "payment": (
            "بطاقتك, بطاقة ائتمان, عملية شراء, شراء بمبلغ, دفع مبلغ, سداد, فاتورة, خصم مبلغ, "
            "بطاقة مدى, مستحق | بطاقة, دفع, مبلغ, ريال, شراء"
        ),
        "health": (
            "مستشفى, عيادة, طبيب, الطبيب, وصفة, صيدلية, نتيجة الفحص, نتائج, لقاح, تطعيم, مريض, "
            "موعدك مع, التامين الصحي, صحتي | موعد, موعدك, دكتور, صحة"
        ),
        "government": (
            "ابشر, ضريبة, الضرائب, الجوازات, جواز السفر, مخالفة, المرور, محكمة, الشرطة, وزارة, "
            "الاحوال المدنية, الهوية الوطنية, بلدية | طلب, حكومة"
        ),
        "recovery": (
            "اعادة تعيين كلمة, استعادة حسابك, استرداد الحساب, تسجيل دخول جديد, مشبوه, تم قفل, "
            "كلمة مرور مؤقتة, نسيت كلمة, تغيير كلمة المرور, كلمة مرور جديدة | كلمة المرور, كلمة "
            "مرور, قفل"
        ),
    },
    "fa": {
        "bank": (
            "موجودی, واریز, برداشت, بانک ملی, بانک ملت, کارت به کارت, حساب شما, مانده, وام, "
            "تسهیلات | بانک, حساب, ریال, تومان"
        ),
        "payment": (
            "خرید کارت, پرداخت مبلغ, قبض, فاکتور, کارت شما, بدهی, خرید به مبلغ | کارت, پرداخت, "
            "خرید, ریال, تومان"
        ),
        "health": (
            "نوبت شما, بیمارستان, درمانگاه, پزشک, دندانپزشک, نسخه, داروخانه, جواب آزمایش, "
            "آزمایشگاه, واکسن, بیمار, بیمه سلامت, مطب | نوبت, دکتر, آزمایش"
        ),
        "government": (
            "مالیات, سامانه ثنا, دادگاه, پلیس, گذرنامه, کارت ملی, جریمه, شهرداری, ابلاغیه, تامین "
            "اجتماعی, ثبت احوال, وزارت | دولت, درخواست"
        ),
        "recovery": (
            "بازیابی رمز, تغییر رمز, بازنشانی رمز, بازیابی حساب, ورود جدید, مشکوک, حساب شما قفل, "
            "رمز موقت, فراموشی رمز, رمز عبور جدید | رمز عبور, قفل"
        ),
    },
    "he": {
        "bank": (
            "יתרה, חשבונך, העברה, הפקדה, משיכה, בנק לאומי, בנק הפועלים, דיסקונט, הלוואה, עובר "
            "ושב, חשבון הבנק | בנק, חשבון"
        ),
        "payment": (
            "כרטיס אשראי, כרטיסך, חיוב, תשלום בסך, חשבונית, עסקה בסך, לתשלום, ביט, חויב | כרטיס, "
            "תשלום, עסקה, שח"
        ),
        "health": (
            "קופת חולים, מכבי, כללית, רופא, מרפאה, בית חולים, מרשם, בית מרקחת, תוצאות בדיק, "
            "חיסון, בדיקת דם, רופאת שיניים | תור, בדיקה"
        ),
        "government": (
            "רשות המסים, ביטוח לאומי, דרכון, תעודת זהות, משרד הפנים, משטרה, בית משפט, קנס, "
            "רישיון נהיגה, עירייה, ארנונה | משרד, בקשה"
        ),
        "recovery": (
            "איפוס סיסמה, לאפס את הסיסמה, שחזור חשבון, כניסה חדשה, התחברות חדשה, חשוד, החשבון "
            "ננעל, סיסמה זמנית, שכחת סיסמה, סיסמה חדשה, שינוי סיסמה | סיסמה, ננעל"
        ),
    },
    "hi": {
        "bank": (
            "खाते में, खाते से, शेष राशि, बैलेंस, जमा, निकासी, ट्रांसफर, ऋण, लोन, यूपीआई, खाता संख्या | बैंक, खाता, रुपये"
        ),
        "payment": ("क्रेडिट कार्ड, डेबिट कार्ड, भुगतान, बिल, पेटीएम, कार्ड से, बकाया | कार्ड, रुपये, राशि"),
        "health": (
            "अस्पताल, डॉक्टर, क्लिनिक, दवा, जांच रिपोर्ट, टीका, वैक्सीन, मरीज, आयुष्मान, रिपोर्ट तैयार | अपॉइंटमेंट, स्वास्थ्य"
        ),
        "government": (
            "आयकर, आधार, पैन कार्ड, पासपोर्ट, पुलिस, न्यायालय, चालान, मंत्रालय, नगर निगम, राशन "
            "कार्ड, मतदाता | सरकार, आवेदन"
        ),
        "recovery": (
            "पासवर्ड रीसेट, खाता पुनर्प्राप्त, नया लॉगिन, संदिग्ध, खाता लॉक, अस्थायी पासवर्ड, "
            "पासवर्ड भूल, नया पासवर्ड, पासवर्ड बदल | पासवर्ड, लॉक"
        ),
    },
    "bn": {
        "bank": "ব্যালেন্স, হিসাবে, জমা, উত্তোলন, ট্রান্সফার, ঋণ, ক্যাশ আউট | ব্যাংক, হিসাব, টাকা",
        "payment": "বিকাশ, নগদ, ক্রেডিট কার্ড, পেমেন্ট, বিল, পরিশোধ | কার্ড, টাকা",
        "health": ("হাসপাতাল, ডাক্তার, ক্লিনিক, প্রেসক্রিপশন, টিকা, রিপোর্ট, রোগী, পরীক্ষার ফল | অ্যাপয়েন্টমেন্ট, স্বাস্থ্য"),
        "government": ("আয়কর, পাসপোর্ট, জাতীয় পরিচয়পত্র, পুলিশ, আদালত, জরিমানা, মন্ত্রণালয়, ভোটার | সরকার, আবেদন"),
        "recovery": (
            "পাসওয়ার্ড রিসেট, অ্যাকাউন্ট পুনরুদ্ধার, নতুন লগইন, সন্দেহজনক, অ্যাকাউন্ট লক, অস্থায়ী পাসওয়ার্ড, নতুন পাসওয়ার্ড | পাসওয়ার্ড"
        ),
    },
}

INNOCENT = (
    "data pack, gb, mb, prepaid, recharge, top up, topup, top-up, airtime, data plan, roaming, "
    "minutes left, sale, off, discount, promo, coupon, deal, deals, shop now, free shipping, "
    "game, coins, points, weather, lottery, delivery, parcel, package, courier, shipped, "
    "guthaben, rabatt, paket, lieferung, soldes, livraison, colis, rebajas, descuento, paquete, "
    "entrega, recarga, desconto, sconto, pacco, consegna, korting, bezorg*, paczka, rabat, "
    "indirim, kargo, скидк*, посылк*, доставк*, трафик, знижк*, посилк*, pulsa, kuota, diskon, "
    "paket data, khuyen mai"
)
