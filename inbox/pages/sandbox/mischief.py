"""`/sandbox/<project>/mischief/`: what goes wrong on purpose, and a form for more of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from inbox.pages.sandbox.access import for_whoever_may, may
from inbox.sandbox import mischief_rules
from inbox.sandbox.api_schemas import RuleIn
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.mischief import MOST_DELAY, MOST_LATENCY, OUTCOMES, RATE_LIMIT, RECEIPTS, UNAVAILABLE
from inbox.sandbox.models import Project

_EFFECTS = ("refuse", "outcome", "error")
_NUMBERS = ("latency_ms", "receipt_delay_ms")


@dataclass(frozen=True, slots=True)
class Form:
    """A rule as somebody wrote it, and what is wrong with it."""

    given: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@never_cache
@require_http_methods(["GET", "HEAD"])
@for_whoever_may("view")
def show(request: HttpRequest, project: Project) -> HttpResponse:
    """Render the rules, and the form."""
    return _render_page(request, project, Form())


@never_cache
@require_http_methods(["POST"])
@for_whoever_may("change")
def change(request: HttpRequest, project: Project) -> HttpResponse:
    """Add or replace a rule, or delete one or all; show what is then."""
    form, own = request.POST, mischief_rules.list_all(project)
    if "delete" in form:
        own.filter(name=form["delete"].replace("\0", "")).delete()
    elif "delete_all" in form:
        own.delete()
    elif error := _save_rule(project, form):
        return _render_page(request, project, Form(_keep_given(form), error), 422)
    return redirect(reverse("sandbox-mischief", args=[project.name]))


def _save_rule(project: Project, form: QueryDict) -> str:
    """Keep a rule; return what is wrong with it, or an empty text."""
    name = form.get("name", "").strip()
    try:
        rule = RuleIn.model_validate(_read_rule(form))
        values = rule.model_dump(exclude={"effects"})
        mischief_rules.put(project, name, rule.effects, values)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except ValueError as error:
        return str(error)
    except mischief_rules.TooMany:
        return gettext("A project has at most %(count)d rules.") % {"count": mischief_rules.MOST}
    return ""


def _read_rule(form: QueryDict) -> dict[str, Any]:
    """The form's fields as the API has them; what is left empty is left out."""
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str) and value.strip()}
    effects: dict[str, Any] = {name: given[name] for name in _EFFECTS if name in given}
    effects |= {name: _read_number(given[name]) for name in _NUMBERS if name in given}
    effects["receipts"] = form.getlist("receipts")
    rule: dict[str, Any] = {name: given.get(name, "") for name in ("carrier", "recipient")}
    rule |= {name: _read_number(given[name]) for name in ("times", "seed") if name in given}
    if percent := given.get("percent"):
        number = _read_number(percent)
        rule["chance"] = number / 100 if isinstance(number, int) else number
    return {**rule, "effects": effects}


def _read_number(text: str) -> int | str:
    """A number, or a text that no field takes."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _keep_given(form: QueryDict) -> dict[str, Any]:
    return {**form.dict(), "receipts": form.getlist("receipts")}


def _render_page(request: HttpRequest, project: Project, form: Form, status: int = 200) -> HttpResponse:
    context = {
        "project": project,
        "rules": [mischief_rules.describe(row) for row in mischief_rules.list_all(project)],
        "given": {"percent": 100, **form.given},
        "error": form.error,
        "carriers": list(CARRIERS),
        "refusals": [RATE_LIMIT, UNAVAILABLE],
        "outcomes": OUTCOMES,
        "receipts": RECEIPTS,
        "codes": {
            name: {
                "refusals": {code: one.text for code, one in carrier.refusals.items()},
                "failures": carrier.failures,
            }
            for name, carrier in CARRIERS.items()
            if carrier.refusals or carrier.failures
        },
        "most_latency": MOST_LATENCY,
        "most_delay": MOST_DELAY,
        "may_change": may(request, "change"),
    }
    return render(request, "inbox/sandbox_mischief.html", context, status=status)
