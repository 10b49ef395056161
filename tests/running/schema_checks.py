"""A check for Schemathesis, which loads this file: the only server error is the one that says when to ask again."""

from typing import Any

import schemathesis


@schemathesis.check
def says_when_to_ask_again(_: Any, response: Any, case: Any) -> None:
    """A busy machine may answer 503, as documented: `unavailable`, with the seconds to wait."""
    if response.status_code < 500:
        return
    # Schemathesis gives each header's values as a list
    (seconds,) = response.headers.get("retry-after", [""])
    found = (response.status_code, response.json().get("code"), seconds.isdigit())
    assert found == (503, "unavailable", True), f"{case.operation.label}: {found}"
