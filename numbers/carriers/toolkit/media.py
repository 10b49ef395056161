"""Where a carrier keeps the files of one account: its login goes to no other place."""

import re
from urllib.parse import unquote

import httpx


def is_at(url: str, host: str, folder: str = "/") -> bool:
    """Whether an address is https, on a host (a pattern), and below a folder, in whatever way it is written."""
    try:
        at = httpx.URL(url)
        name = at.host  # decoded here; raises for a punycode that means nothing
        path = unquote(at.raw_path.decode("ascii").partition("?")[0], errors="strict")
    except (httpx.InvalidURL, ValueError):
        return False
    # Decoded first: a server may take %2e%2e for a way up, and so out of the account's folder
    leads_out = not {".", ".."}.isdisjoint(re.split(r"[/\\]", path))
    return bool(
        at.scheme == "https" and re.fullmatch(host, name) and path.startswith(folder) and not leads_out
    )
