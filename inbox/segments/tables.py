"""The national GSM 7-bit alphabets and the classes of Unicode characters that counting.py needs, as data.

Alphabets: 3GPP TS 23.038 release 18, sections A.2 (national single shift tables: what follows an escape) and
A.3 (national locking shift tables: what replaces the basic alphabet). They are of the same form as the basic
ones in `tempsms.lib.gsm7`; in a locking table RESERVED marks a septet without a character.

Grapheme classes: Unicode 10.0 GraphemeBreakProperty (UAX #29), the version Twilio's calculator uses,
as hexadecimal ranges. Extend, SpacingMark and ZWJ are listed as one class where they act as one.
"""

from tempsms.lib.gsm7 import EXTENSION

RESERVED = "\ufffd"


def _number_from(septet: int, characters: str) -> dict[int, str]:
    return dict(enumerate(characters, septet))


_INDIC = (
    _number_from(0x00, "@£$¥¿\"¤%&'\f*+")
    | _number_from(0x0E, "-/<=>¡^¡_#*")
    | _number_from(0x28, "{}")
    | _number_from(0x2F, "\\")
    | _number_from(0x3C, "[~]")
    | _number_from(0x40, "|ABCDEFGHIJKLMNOPQRSTUVWXYZ")
)

SINGLE_SHIFT: dict[str, dict[int, str]] = {
    "Turkish": (
        EXTENSION
        | _number_from(0x47, "Ğ")
        | _number_from(0x49, "İ")
        | _number_from(0x53, "Ş")
        | _number_from(0x63, "ç")
        | _number_from(0x67, "ğ")
        | _number_from(0x69, "ı")
        | _number_from(0x73, "ş")
    ),
    "Spanish": (
        EXTENSION
        | _number_from(0x09, "ç")
        | _number_from(0x41, "Á")
        | _number_from(0x49, "Í")
        | _number_from(0x4F, "Ó")
        | _number_from(0x55, "Ú")
        | _number_from(0x61, "á")
        | _number_from(0x69, "í")
        | _number_from(0x6F, "ó")
        | _number_from(0x75, "ú")
    ),
    "Portuguese": (
        EXTENSION
        | _number_from(0x05, "ê")
        | _number_from(0x09, "ç")
        | _number_from(0x0B, "Ôô")
        | _number_from(0x0E, "Áá")
        | _number_from(0x12, "ΦΓ")
        | _number_from(0x15, "ΩΠΨΣΘ")
        | _number_from(0x1F, "Ê")
        | _number_from(0x41, "À")
        | _number_from(0x49, "Í")
        | _number_from(0x4F, "Ó")
        | _number_from(0x55, "Ú")
        | _number_from(0x5B, "ÃÕ")
        | _number_from(0x61, "Â")
        | _number_from(0x69, "í")
        | _number_from(0x6F, "ó")
        | _number_from(0x75, "ú")
        | _number_from(0x7B, "ãõ")
        | _number_from(0x7F, "â")
    ),
    "Bengali": (
        _INDIC
        | _number_from(0x19, "০১")
        | _number_from(0x1C, "২৩৪৫৬৭৮৯য়ৠৡ\u09e2")
        | _number_from(0x2A, "\u09e3৲৳৴৵")
        | _number_from(0x30, "৶৷৸৹৺")
        | _number_from(0x65, "€")
    ),
    "Gujarati": (
        _INDIC | _number_from(0x19, "।॥") | _number_from(0x1C, "૦૧૨૩૪૫૬૭૮૯") | _number_from(0x65, "€")
    ),
    "Hindi": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "०१२३४५६७८९\u0951\u0952")
        | _number_from(0x2A, "\u0953\u0954क़ख़ग़")
        | _number_from(0x30, "ज़ड़ढ़फ़य़ॠॡ\u0962\u0963॰ॱ")
        | _number_from(0x65, "€")
    ),
    "Kannada": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "೦೧೨೩೪೫೬೭೮೯ೞೱ")
        | _number_from(0x2A, "ೲ")
        | _number_from(0x65, "€")
    ),
    "Malayalam": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "൦൧൨൩൪൫൬൭൮൯൰൱")
        | _number_from(0x2A, "൲൳൴൵ൺ")
        | _number_from(0x30, "ൻർൽൾൿ")
        | _number_from(0x65, "€")
    ),
    "Oriya": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "୦୧୨୩୪୫୬୭୮୯ଡ଼ଢ଼")
        | _number_from(0x2A, "ୟ୰ୱ")
        | _number_from(0x65, "€")
    ),
    "Punjabi": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "੦੧੨੩੪੫੬੭੮੯ਖ਼ਗ਼")
        | _number_from(0x2A, "ਜ਼ੜਫ਼\u0a75")
        | _number_from(0x65, "€")
    ),
    "Tamil": (
        _INDIC
        | _number_from(0x19, "।॥")
        | _number_from(0x1C, "௦௧௨௩௪௫௬௭௮௯௳௴")
        | _number_from(0x2A, "௵௶௷௸௺")
        | _number_from(0x65, "€")
    ),
    "Telugu": (
        _INDIC | _number_from(0x1C, "౦౧౨౩౪౫౬౭౮౯ౘౙ") | _number_from(0x2A, "౸౹౺౻౼") | _number_from(0x30, "౽౾౿")
    ),
    "Urdu": (
        _INDIC
        | _number_from(0x19, "\u0600\u0601")
        | _number_from(0x1C, "۰۱۲۳۴۵۶۷۸۹،\u060d")
        | _number_from(0x2A, "؎؏\u0610\u0611\u0612")
        | _number_from(0x30, "\u0613\u0614\u061b\u061f\u0640\u0652\u0658\u066b\u066c\u0672\u0673\u06cd")
        | _number_from(0x3F, "\u06d4")
        | _number_from(0x65, "€")
    ),
}

LOCKING_SHIFT: dict[str, str] = {
    "Turkish": (
        "@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bŞşßÉ !\"#¤%&'()*+,-./0123456789:;<=>?İABCDEFGHIJKLMNOPQRSTUVWXY"
        "ZÄÖÑÜ§çabcdefghijklmnopqrstuvwxyzäöñüà"
    ),
    "Portuguese": (
        "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ !\"#º%&'()*+,-./0123456789:;<=>?ÍABCDEFGHIJKLMNOPQRSTUVWX"
        "YZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà"
    ),
    "Bengali": (
        "\u0981\u0982\u0983অআইঈউঊঋ\nঌ\ufffd\r\ufffdএঐ\ufffd\ufffdওঔকখগঘঙচ\x1bছজঝঞ !টঠডঢণত)(থদ'ধ.ন01234567"
        "89:;\ufffdপফ?বভমযর\ufffdল\ufffd\ufffd\ufffdশষসহ\u09bcঽ\u09be\u09bf\u09c0\u09c1\u09c2\u09c3\u09c4"
        "\ufffd\ufffd\u09c7\u09c8\ufffd\ufffd\u09cb\u09cc\u09cdৎabcdefghijklmnopqrstuvwxyz\u09d7ড়ঢ়ৰৱ"
    ),
    "Gujarati": (
        "\u0a81\u0a82\u0a83અઆઇઈઉઊઋ\nઌઍ\r\ufffdએઐઑ\ufffdઓઔકખગઘઙચ\x1bછજઝઞ !ટઠડઢણત)(થદ'ધ.ન0123456789:;\ufffd"
        "પફ?બભમયર\ufffdલળ\ufffdવશષસહ\u0abcઽ\u0abe\u0abf\u0ac0\u0ac1\u0ac2\u0ac3\u0ac4\u0ac5\ufffd\u0ac7"
        "\u0ac8\u0ac9\ufffd\u0acb\u0acc\u0acdૐabcdefghijklmnopqrstuvwxyzૠૡ\u0ae2\u0ae3૱"
    ),
    "Hindi": (
        "\u0901\u0902\u0903अआइईउऊऋ\nऌऍ\rऎएऐऑऒओऔकखगघङच\x1bछजझञ !टठडढणत)(थद'ध.न0123456789:;ऩपफ?बभमयरऱलळऴवशष"
        "सह\u093cऽ\u093e\u093f\u0940\u0941\u0942\u0943\u0944\u0945\u0946\u0947\u0948\u0949\u094a\u094b"
        "\u094c\u094dॐabcdefghijklmnopqrstuvwxyzॲॻॼॾॿ"
    ),
    "Kannada": (
        "\ufffd\u0c82\u0c83ಅಆಇಈಉಊಋ\nಌ\ufffd\rಎಏಐ\ufffdಒಓಔಕಖಗಘಙಚ\x1bಛಜಝಞ !ಟಠಪಢಣತ)(ಥದ'ಧ.ನ0123456789:;\ufffd"
        "ಪಫ?ಬಭಮಯರಱಲಳ\ufffdವಶಷಸಹ\u0cbcಽ\u0cbe\u0cbf\u0cc0\u0cc1\u0cc2\u0cc3\u0cc4\ufffd\u0cc6\u0cc7\u0cc8"
        "\ufffd\u0cca\u0ccb\u0ccc\u0ccd\u0cd5abcdefghijklmnopqrstuvwxyz\u0cd6ೠೡ\u0ce2\u0ce3"
    ),
    "Malayalam": (
        "\ufffd\u0d02\u0d03അആഇഈഉഊഋ\nഌ\ufffd\rഎഏഐ\ufffdഒഓഔകഖഗഘങച\x1bഛജഝഞ !ടഠഡഢണത)(ഥദ'ധ.ന0123456789:;\ufffd"
        "പഫ?ബഭമയരറലളഴവശഷസഹ\ufffdഽ\u0d3e\u0d3f\u0d40\u0d41\u0d42\u0d43\u0d44\ufffd\u0d46\u0d47\u0d48\ufffd"
        "\u0d4a\u0d4b\u0d4c\u0d4d\u0d57abcdefghijklmnopqrstuvwxyzൠൡ\u0d62\u0d63൹"
    ),
    "Oriya": (
        "\u0b01\u0b02\u0b03ଅଆଇଈଉଊଋ\nଌ\ufffd\r\ufffdଏଐ\ufffd\ufffdଓଔକଖଗଘଙଚ\x1bଛଜଝଞ !ଟଠଡଢଣତ)(ଥଦ'ଧ.ନ01234567"
        "89:;\ufffdପଫ?ବଭମଯର\ufffdଲଳ\ufffdଵଶଷସହ\u0b3cଽ\u0b3e\u0b3f\u0b40\u0b41\u0b42\u0b43\u0b44\ufffd"
        "\ufffd\u0b47\u0b48\ufffd\ufffd\u0b4b\u0b4c\u0b4d\u0b56abcdefghijklmnopqrstuvwxyz\u0b57ୠୡ\u0b62"
        "\u0b63"
    ),
    "Punjabi": (
        "\u0a01\u0a02\u0a03ਅਆਇਈਉਊ\ufffd\n\ufffd\ufffd\r\ufffdਏਐ\ufffd\ufffdਓਔਕਖਗਘਙਚ\x1bਛਜਝਞ !ਟਠਡਢਣਤ)(ਥਦ'ਧ"
        ".ਨ0123456789:;\ufffdਪਫ?ਬਭਮਯਰ\ufffdਲਲ਼\ufffdਵਸ਼\ufffdਸਹ\u0a3c\ufffd\u0a3e\u0a3f\u0a40\u0a41\u0a42"
        "\ufffd\ufffd\ufffd\ufffd\u0a47\u0a48\ufffd\ufffd\u0a4b\u0a4c\u0a4d\u0a51abcdefghijklmnopqrstuvwx"
        "yz\u0a70\u0a71ੲੳੴ"
    ),
    "Tamil": (
        "\ufffd\u0b82ஃஅஆஇஈஉஊ\ufffd\n\ufffd\ufffd\rஎஏஐ\ufffdஒஓஔக\ufffd\ufffd\ufffdஙச\x1b\ufffdஜ\ufffdஞ !ட"
        "\ufffd\ufffd\ufffdணத)(\ufffd\ufffd'\ufffd.ந0123456789:;னப\ufffd?\ufffd\ufffdமயரறலளழவஶஷஸஹ\ufffd"
        "\ufffd\u0bbe\u0bbf\u0bc0\u0bc1\u0bc2\ufffd\ufffd\ufffd\u0bc6\u0bc7\u0bc8\ufffd\u0bca\u0bcb\u0bcc"
        "\u0bcdௐabcdefghijklmnopqrstuvwxyz\u0bd7௰௱௲௹"
    ),
    "Telugu": (
        "\u0c01\u0c02\u0c03అఆఇఈఉఊఋ\nఌ\ufffd\rఎఏఐ\ufffdఒఓఔకఖగఘఙచ\x1bఛజఝఞ !టఠడఢణత)(థద'ధ.న0123456789:;\ufffd"
        "పఫ?బభమయరఱలళ\ufffdవశషసహ\ufffdఽ\u0c3e\u0c3f\u0c40\u0c41\u0c42\u0c43\u0c44\ufffd\u0c46\u0c47\u0c48"
        "\ufffd\u0c4a\u0c4b\u0c4c\u0c4d\u0c55abcdefghijklmnopqrstuvwxyz\u0c56ౠౡ\u0c62\u0c63"
    ),
    "Urdu": (
        "\u0627\u0622\u0628\u067b\u0680\u067e\u06a6\u062a\u06c2\u067f\n\u0679\u067d\r\u067a\u067c\u062b"
        "\u062c\u0681\u0684\u0683\u0685\u0686\u0687\u062d\u062e\u062f\x1b\u068c\u0688\u0689\u068a !\u068f"
        "\u068d\u0630\u0631\u0691\u0693)(\u0699\u0632'\u0696.\u06980123456789:;\u069a\u0633\u0634?\u0635"
        "\u0636\u0637\u0638\u0639\u0641\u0642\u06a9\u06aa\u06ab\u06af\u06b3\u06b1\u0644\u0645\u0646\u06ba"
        "\u06bb\u06bc\u0648\u06c4\u06d5\u06c1\u06be\u0621\u06cc\u06d0\u06d2\u064d\u0650\u064f\u0657\u0654"
        "abcdefghijklmnopqrstuvwxyz\u0655\u0651\u0653\u0656\u0670"
    ),
}

CONTROL = (
    "0-1F 7F-9F AD 61C 180E 200B 200E-200F 2028-202E 2060-206F D800-DFFF FEFF FFF0-FFFB 1BCA0-1BCA3 "
    "1D173-1D17A E0000-E001F E0080-E00FF E01F0-E0FFF"
)
PREPEND = "600-605 6DD 70F 8E2 D4E 110BD 111C2-111C3 11A3A 11A86-11A89 11D46"
EXTEND = (
    "300-36F 483-489 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 64B-65F 670 6D6-6DC 6DF-6E4 6E7-6E8 6EA-6ED "
    "711 730-74A 7A6-7B0 7EB-7F3 816-819 81B-823 825-827 829-82D 859-85B 8D4-8E1 8E3-902 93A 93C 941-948 "
    "94D 951-957 962-963 981 9BC 9BE 9C1-9C4 9CD 9D7 9E2-9E3 A01-A02 A3C A41-A42 A47-A48 A4B-A4D A51 "
    "A70-A71 A75 A81-A82 ABC AC1-AC5 AC7-AC8 ACD AE2-AE3 AFA-AFF B01 B3C B3E-B3F B41-B44 B4D B56-B57 "
    "B62-B63 B82 BBE BC0 BCD BD7 C00 C3E-C40 C46-C48 C4A-C4D C55-C56 C62-C63 C81 CBC CBF CC2 CC6 CCC-CCD "
    "CD5-CD6 CE2-CE3 D00-D01 D3B-D3C D3E D41-D44 D4D D57 D62-D63 DCA DCF DD2-DD4 DD6 DDF E31 E34-E3A "
    "E47-E4E EB1 EB4-EB9 EBB-EBC EC8-ECD F18-F19 F35 F37 F39 F71-F7E F80-F84 F86-F87 F8D-F97 F99-FBC FC6 "
    "102D-1030 1032-1037 1039-103A 103D-103E 1058-1059 105E-1060 1071-1074 1082 1085-1086 108D 109D "
    "135D-135F 1712-1714 1732-1734 1752-1753 1772-1773 17B4-17B5 17B7-17BD 17C6 17C9-17D3 17DD 180B-180D "
    "1885-1886 18A9 1920-1922 1927-1928 1932 1939-193B 1A17-1A18 1A1B 1A56 1A58-1A5E 1A60 1A62 1A65-1A6C "
    "1A73-1A7C 1A7F 1AB0-1ABE 1B00-1B03 1B34 1B36-1B3A 1B3C 1B42 1B6B-1B73 1B80-1B81 1BA2-1BA5 1BA8-1BA9 "
    "1BAB-1BAD 1BE6 1BE8-1BE9 1BED 1BEF-1BF1 1C2C-1C33 1C36-1C37 1CD0-1CD2 1CD4-1CE0 1CE2-1CE8 1CED 1CF4 "
    "1CF8-1CF9 1DC0-1DF9 1DFB-1DFF 200C 20D0-20F0 2CEF-2CF1 2D7F 2DE0-2DFF 302A-302F 3099-309A A66F-A672 "
    "A674-A67D A69E-A69F A6F0-A6F1 A802 A806 A80B A825-A826 A8C4-A8C5 A8E0-A8F1 A926-A92D A947-A951 "
    "A980-A982 A9B3 A9B6-A9B9 A9BC A9E5 AA29-AA2E AA31-AA32 AA35-AA36 AA43 AA4C AA7C AAB0 AAB2-AAB4 "
    "AAB7-AAB8 AABE-AABF AAC1 AAEC-AAED AAF6 ABE5 ABE8 ABED FB1E FE00-FE0F FE20-FE2F FF9E-FF9F 101FD 102E0 "
    "10376-1037A 10A01-10A03 10A05-10A06 10A0C-10A0F 10A38-10A3A 10A3F 10AE5-10AE6 11001 11038-11046 "
    "1107F-11081 110B3-110B6 110B9-110BA 11100-11102 11127-1112B 1112D-11134 11173 11180-11181 111B6-111BE "
    "111CA-111CC 1122F-11231 11234 11236-11237 1123E 112DF 112E3-112EA 11300-11301 1133C 1133E 11340 11357 "
    "11366-1136C 11370-11374 11438-1143F 11442-11444 11446 114B0 114B3-114B8 114BA 114BD 114BF-114C0 "
    "114C2-114C3 115AF 115B2-115B5 115BC-115BD 115BF-115C0 115DC-115DD 11633-1163A 1163D 1163F-11640 116AB "
    "116AD 116B0-116B5 116B7 1171D-1171F 11722-11725 11727-1172B 11A01-11A06 11A09-11A0A 11A33-11A38 "
    "11A3B-11A3E 11A47 11A51-11A56 11A59-11A5B 11A8A-11A96 11A98-11A99 11C30-11C36 11C38-11C3D 11C3F "
    "11C92-11CA7 11CAA-11CB0 11CB2-11CB3 11CB5-11CB6 11D31-11D36 11D3A 11D3C-11D3D 11D3F-11D45 11D47 "
    "16AF0-16AF4 16B30-16B36 16F8F-16F92 1BC9D-1BC9E 1D165 1D167-1D169 1D16E-1D172 1D17B-1D182 1D185-1D18B "
    "1D1AA-1D1AD 1D242-1D244 1DA00-1DA36 1DA3B-1DA6C 1DA75 1DA84 1DA9B-1DA9F 1DAA1-1DAAF 1E000-1E006 "
    "1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E8D0-1E8D6 1E944-1E94A E0020-E007F E0100-E01EF"
)
EXTEND_SPACING_ZWJ = (
    "300-36F 483-489 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 64B-65F 670 6D6-6DC 6DF-6E4 6E7-6E8 6EA-6ED "
    "711 730-74A 7A6-7B0 7EB-7F3 816-819 81B-823 825-827 829-82D 859-85B 8D4-8E1 8E3-903 93A-93C 93E-94F "
    "951-957 962-963 981-983 9BC 9BE-9C4 9C7-9C8 9CB-9CD 9D7 9E2-9E3 A01-A03 A3C A3E-A42 A47-A48 A4B-A4D "
    "A51 A70-A71 A75 A81-A83 ABC ABE-AC5 AC7-AC9 ACB-ACD AE2-AE3 AFA-AFF B01-B03 B3C B3E-B44 B47-B48 "
    "B4B-B4D B56-B57 B62-B63 B82 BBE-BC2 BC6-BC8 BCA-BCD BD7 C00-C03 C3E-C44 C46-C48 C4A-C4D C55-C56 "
    "C62-C63 C81-C83 CBC CBE-CC4 CC6-CC8 CCA-CCD CD5-CD6 CE2-CE3 D00-D03 D3B-D3C D3E-D44 D46-D48 D4A-D4D "
    "D57 D62-D63 D82-D83 DCA DCF-DD4 DD6 DD8-DDF DF2-DF3 E31 E33-E3A E47-E4E EB1 EB3-EB9 EBB-EBC EC8-ECD "
    "F18-F19 F35 F37 F39 F3E-F3F F71-F84 F86-F87 F8D-F97 F99-FBC FC6 102D-1037 1039-103E 1056-1059 "
    "105E-1060 1071-1074 1082 1084-1086 108D 109D 135D-135F 1712-1714 1732-1734 1752-1753 1772-1773 "
    "17B4-17D3 17DD 180B-180D 1885-1886 18A9 1920-192B 1930-193B 1A17-1A1B 1A55-1A5E 1A60 1A62 1A65-1A7C "
    "1A7F 1AB0-1ABE 1B00-1B04 1B34-1B44 1B6B-1B73 1B80-1B82 1BA1-1BAD 1BE6-1BF3 1C24-1C37 1CD0-1CD2 "
    "1CD4-1CE8 1CED 1CF2-1CF4 1CF7-1CF9 1DC0-1DF9 1DFB-1DFF 200C-200D 20D0-20F0 2CEF-2CF1 2D7F 2DE0-2DFF "
    "302A-302F 3099-309A A66F-A672 A674-A67D A69E-A69F A6F0-A6F1 A802 A806 A80B A823-A827 A880-A881 "
    "A8B4-A8C5 A8E0-A8F1 A926-A92D A947-A953 A980-A983 A9B3-A9C0 A9E5 AA29-AA36 AA43 AA4C-AA4D AA7C AAB0 "
    "AAB2-AAB4 AAB7-AAB8 AABE-AABF AAC1 AAEB-AAEF AAF5-AAF6 ABE3-ABEA ABEC-ABED FB1E FE00-FE0F FE20-FE2F "
    "FF9E-FF9F 101FD 102E0 10376-1037A 10A01-10A03 10A05-10A06 10A0C-10A0F 10A38-10A3A 10A3F 10AE5-10AE6 "
    "11000-11002 11038-11046 1107F-11082 110B0-110BA 11100-11102 11127-11134 11173 11180-11182 111B3-111C0 "
    "111CA-111CC 1122C-11237 1123E 112DF-112EA 11300-11303 1133C 1133E-11344 11347-11348 1134B-1134D 11357 "
    "11362-11363 11366-1136C 11370-11374 11435-11446 114B0-114C3 115AF-115B5 115B8-115C0 115DC-115DD "
    "11630-11640 116AB-116B7 1171D-1172B 11A01-11A0A 11A33-11A39 11A3B-11A3E 11A47 11A51-11A5B 11A8A-11A99 "
    "11C2F-11C36 11C38-11C3F 11C92-11CA7 11CA9-11CB6 11D31-11D36 11D3A 11D3C-11D3D 11D3F-11D45 11D47 "
    "16AF0-16AF4 16B30-16B36 16F51-16F7E 16F8F-16F92 1BC9D-1BC9E 1D165-1D169 1D16D-1D172 1D17B-1D182 "
    "1D185-1D18B 1D1AA-1D1AD 1D242-1D244 1DA00-1DA36 1DA3B-1DA6C 1DA75 1DA84 1DA9B-1DA9F 1DAA1-1DAAF "
    "1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E8D0-1E8D6 1E944-1E94A E0020-E007F "
    "E0100-E01EF"
)
REGIONAL = "1F1E6-1F1FF"
HANGUL_L = "1100-115F A960-A97C"
HANGUL_V = "1160-11A7 D7B0-D7C6"
HANGUL_T = "11A8-11FF D7CB-D7FB"
HANGUL_SYLLABLES = "AC00-D7A3"
EMOJI_BASE = (
    "261D 26F9 270A-270D 1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F442-1F443 1F446-1F450 1F466-1F469 1F46E "
    "1F470-1F478 1F47C 1F481-1F483 1F485-1F487 1F4AA 1F574-1F575 1F57A 1F590 1F595-1F596 1F645-1F647 "
    "1F64B-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 1F6CC 1F918-1F91C 1F91E-1F91F 1F926 1F930-1F939 1F93D-1F93E "
    "1F9D1-1F9DD"
)
EMOJI_MODIFIER = "1F3FB-1F3FF"
AFTER_ZWJ = (
    "2640 2642 2695-2696 2708 2764 1F308 1F33E 1F373 1F393 1F3A4 1F3A8 1F3EB 1F3ED 1F48B 1F4BB-1F4BC 1F527 "
    "1F52C 1F5E8 1F680 1F692"
)
EMOJI_BASE_AFTER_ZWJ = "1F466-1F469"

# What a character is replaced with when a text must fit GSM-7 and taking its accents off is not enough.
SUBSTITUTES: dict[str, str] = {
    **dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈˊˋ´`❛❜＇", "'"),
    **dict.fromkeys("“”„‟″‶«»ˮ˝❝❞〝〞＂", '"'),
    **dict.fromkeys("‹", "<"),
    **dict.fromkeys("›", ">"),
    **dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-"),
    **dict.fromkeys("•‣◦∙·●▪", "*"),
    **dict.fromkeys("⁄∕÷", "/"),
    **dict.fromkeys("ˆ", "^"),
    **dict.fromkeys("˜∼", "~"),
    **dict.fromkeys("¦∣", "|"),
    **dict.fromkeys("、﹐", ","),
    **dict.fromkeys("。", "."),
    **dict.fromkeys("\t\v\u2028\u2029\x85", " "),
    "…": "...",
    "×": "x",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "→": "->",
    "←": "<-",
    "©": "(c)",
    "®": "(R)",
    "™": "TM",
    "°": "o",
    "¢": "c",
    "₤": "£",
    "₹": "Rs",
    "₺": "TL",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "NIS",
    "₫": "VND",
    "₩": "KRW",
    "₦": "NGN",
    "ç": "c",
    "ı": "i",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ħ": "h",
    "Ħ": "H",
    "œ": "oe",
    "Œ": "OE",
    "ŋ": "n",
    "Ŋ": "N",
    "ə": "e",
    "Ə": "E",
    "ẞ": "SS",
    "Α": "A",
    "Β": "B",
    "Ε": "E",
    "Ζ": "Z",
    "Η": "H",
    "Ι": "I",
    "Κ": "K",
    "Μ": "M",
    "Ν": "N",
    "Ο": "O",
    "Ρ": "P",
    "Τ": "T",
    "Υ": "Y",
    "Χ": "X",
    "А": "A",
    "В": "B",
    "Е": "E",
    "К": "K",
    "М": "M",
    "Н": "H",
    "О": "O",
    "Р": "P",
    "С": "C",
    "Т": "T",
    "Х": "X",
    "а": "a",
    "е": "e",
    "о": "o",
    "р": "p",
    "с": "c",
    "у": "y",
    "х": "x",
    "і": "i",
    "І": "I",
}
