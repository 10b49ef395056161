"""Characters that nobody sees: they may lie between the digits of a code or a phone number, and change neither."""

CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
"""Those of ISO 6429 that break no line, as the inside of a character class."""

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, and the annotation marks U+FFF9 to U+FFFB
IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Marks that have no shape of their own: bidi, zero width, joiners, fillers, variation selectors, tags."""
