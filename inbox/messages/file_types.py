"""Content types of attachments: given by the sender, so that little of them may be believed or shown."""

import re

BYTES = "application/octet-stream"
# how the names of harmless files end; everything else is passed on as bytes
EXTENSIONS = {
    "application/pdf": "pdf",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/calendar": "ics",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")  # RFC 6838 section 4.2
_SAYS_NOTHING = (BYTES, "binary/octet-stream")


def bare(content_type: str) -> str:
    """Return a type in lower case without parameters, which may contain a file name; empty if it is not a type."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else ""


def known(content_type: str) -> str:
    """Return the type if we know it; otherwise nothing, as strangers could write any text there."""
    kind = bare(content_type)
    return kind if kind in EXTENSIONS else ""


def best(*given: str) -> str:
    """Return the first informative type if we know it, otherwise that of plain bytes."""
    types = [kind for kind in map(bare, given) if kind and kind not in _SAYS_NOTHING]
    return (known(types[0]) if types else "") or BYTES
