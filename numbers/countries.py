"""The countries and currencies that operators can choose, with names from CLDR through Babel."""

from functools import cache

import phonenumbers
from babel import Locale
from babel.numbers import get_territory_currencies

# The ISO 3166-1 alpha-2 codes that have a numbering plan. The database refuses all others, so a change of the list
# needs a migration.
_LISTED = (
    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
    "BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER "
    "ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE "
    "IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV "
    "LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK "
    "SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA "
    "VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
CODES = tuple(_LISTED.split())


@cache  # bounded by the 676 pairs of letters that a number can have
def names(code: str) -> tuple[str, int]:
    """The English name of a country, which is the code if it has none, and its dial code, or 0."""
    return Locale("en").territories.get(code, code), phonenumbers.country_code_for_region(code)


@cache
def choices() -> list[tuple[str, str]]:
    """Country codes with their English names, sorted by name."""
    names = Locale("en").territories
    return sorted(((code, f"{names.get(code, code)} ({code})") for code in CODES), key=lambda pair: pair[1])


@cache
def currencies() -> list[tuple[str, str]]:
    """Currencies that are legal tender somewhere today, sorted by code."""
    names = Locale("en").currencies
    found = {code for country in CODES for code in get_territory_currencies(country)}
    return [(code, f"{code} – {names.get(code, code)}") for code in sorted(found)]
