"""Rules of an operator: withheld before shown, before what the product's own words say; taken up while it runs."""

import re

import httpx
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from inbox.ingest import intake
from inbox.models import Message, Rule
from inbox.safety import policy
from inbox.text.patterns import compile_rule
from numbers.carriers.messages import Inbound
from numbers.models import Lease
from tempsms.lib import vault
from tests.arrivals import arrive_now
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease

pytestmark = pytest.mark.django_db(transaction=True)
BANK = "Your account balance is $1,204.77."


@pytest.fixture
def lease() -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


def withheld(lease: Lease, *texts: tuple[str, str]) -> list[str]:
    """Why each of (text, sender) is withheld."""
    found = [Inbound(f"r{n}", sender, lease.number.e164, text) for n, (text, sender) in enumerate(texts)]
    arrive_now(lease.account_id, *found)
    return [
        re.sub(r"\d+", "N", value)
        for value in Message.objects.order_by("id").values_list("withheld", flat=True)
    ]


def test_a_pattern_withholds_by_text_or_by_sender_whatever_the_case(lease: Lease, client: Client) -> None:
    Rule.objects.create(pattern=r"\bhorse\w*", reason="talks of horses")
    Rule.objects.create(pattern=r"^nor", looks_at="sender")
    texts = [("Two HORSES\u200b!", "ACME"), ("nor", "ACME"), ("Hello", "Norvane"), ("Hello", "North & Co")]
    assert withheld(lease, *texts) == ["rule:N", "", "rule:N", "rule:N"]
    page = client.get("/numbers/15005550006/").content.decode()
    assert "talks of horses: 1" in page
    assert "Rules of this site: 2" in page


def test_a_rule_that_shows_overrules_the_products_words_but_not_one_that_withholds(lease: Lease) -> None:
    Rule.objects.create(pattern="balance", effect="show")
    assert withheld(lease, (BANK, "Harlow")) == [""]
    Rule.objects.create(pattern="1,204", effect="withhold")
    arrive_now(lease.account_id, Inbound("other", "Harlow", lease.number.e164, BANK))
    assert Message.objects.get(carrier_ref="other").withheld.startswith("rule:")


def test_a_disabled_rule_does_nothing(lease: Lease) -> None:
    Rule.objects.create(pattern="hello", enabled=False)
    assert withheld(lease, ("hello", "ACME")) == [""]


def test_the_reason_of_a_deleted_rule_is_a_general_one(lease: Lease, client: Client) -> None:
    rule = Rule.objects.create(pattern="hello", reason="greets")
    assert withheld(lease, ("hello", "ACME")) == ["rule:N"]
    rule.delete()
    assert "Rules of this site: 1" in client.get("/numbers/15005550006/").content.decode()


def test_the_reason_that_rules_have_from_the_start_is_translated(lease: Lease, client: Client) -> None:
    Rule.objects.create(pattern="hello")
    assert withheld(lease, ("hello", "ACME")) == ["rule:N"]
    with translation.override("en"):
        page = client.get("/numbers/15005550006/", headers={"Accept-Language": "de"}).content.decode()
    assert "Regeln dieser Website: 1" in page


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing )"),
        (r"(?=a)b", "not a valid RE2"),
        ("a*", "every text"),
        (r"\1", "not a valid RE2"),
        ("", "blank"),
    ],
)
def test_a_pattern_that_cannot_be_or_matches_everything_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(words)):
        Rule(pattern=pattern).full_clean()


def test_an_operator_adds_one_in_the_admin(admin_client: Client) -> None:
    form_data = {"pattern": "(", "looks_at": "text", "effect": "withhold", "reason": "x"}
    answer = admin_client.post("/admin/inbox/rule/add/", form_data)
    assert "This is not a valid RE2 expression" in answer.content.decode()
    answer = admin_client.post("/admin/inbox/rule/add/", {**form_data, "pattern": "casino", "enabled": "on"})
    assert (answer.status_code, Rule.objects.get().pattern) == (302, "casino")
    assert "casino" in admin_client.get("/admin/inbox/rule/").content.decode()


async def test_a_new_rule_holds_without_a_restart_and_an_outage_keeps_the_old_ones(
    site: httpx.AsyncClient, lease: Lease, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "KNOWN_FOR", 0.0)

    async def post(body: str) -> str:
        request = signed(lease.account.webhook_url, form(body))
        assert (
            await site.post(request.url, content=request.body, headers=request.headers)
        ).status_code == 200
        policies = intake._gates.get().policies
        if policies._task:
            await policies._task
        return str(sql("SELECT withheld FROM inbox_message ORDER BY id DESC LIMIT 1")[0][0])

    assert await post("casino") == ""
    sql(
        "INSERT INTO inbox_rule (pattern, looks_at, effect, reason, enabled, created_at)"
        " VALUES ('casino', 'text', 'withhold', '', true, now())"
    )
    assert await post("first after the change") == ""  # the rules are read again beside it
    assert (await post("casino")).startswith("rule:")
    monkeypatch.setattr(policy, "_RULES", "SELECT broken")
    assert (await post("casino")).startswith("rule:")
    assert (await post("casino")).startswith("rule:")


def test_a_hostile_text_costs_a_rule_no_more_than_its_length(lease: Lease) -> None:
    rules = tuple(
        (n, compile_rule(pattern), "text", "withhold") for n, pattern in enumerate([r"(a+)+b", r"(a|aa)*c"])
    )
    assert policy.Policy(rules).judge("a" * 100_000, "ACME", None) == ""


def test_a_code_leaves_only_a_keyed_hash(lease: Lease, sql: Sql) -> None:
    withheld(lease, ("Your code is 482913", "ACME"), ("482-913 is your code", "ACME"), ("Hello", "ACME"))
    first, second, none = sql("SELECT code_hash FROM inbox_message ORDER BY id")
    assert first == second != none == (None,)
    assert first[0].hex == vault.keyed_hash("code", lease.number.e164, "482913").hex()


def test_a_rule_that_cannot_be_used_holds_up_nothing(lease: Lease, caplog: pytest.LogCaptureFixture) -> None:
    broken = Rule.objects.create(pattern="(")
    Rule.objects.create(pattern="hello")
    assert withheld(lease, ("hello", "ACME"), ("bye", "ACME")) == ["rule:N", ""]
    assert f"rule {broken.pk} is ignored" in caplog.text
