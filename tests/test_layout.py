"""The house keeps its shape: imports point down, and `numbers` is both ours and the standard library's."""

import ast
import io
import re
import shutil
import statistics
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Callable, Collection
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest

from numbers import carriers
from tempsms import ROOT

PROBE = "import numbers, numbers.models; assert numbers.Number.__module__ == 'numbers'; print(numbers.models.Number)"
UVICORN = "i('tempsms.asgi:application')"
DJANGO = "import tempsms, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tempsms.settings'; import django; django.setup();"

# a room may import from itself and from the rooms below it
ROOMS = ["tempsms.lib", "numbers.carriers", "numbers", "inbox", "tempsms"]

# What of tempsms needs neither Django nor a database, so that adapters may use it
PURE = {"tempsms.lib.gsm7", "tempsms.lib.metrics"}

# The floors inside a package, from top to bottom. Modules of one floor never import each other, nor anything above.
FLOORS = {
    "tempsms": [
        "command_line",
        "management",
        "web_process",
        "proxy",
        "apps asgi preparing settings urls",
        "beat_scheduler celery embedded error_reports logins readiness second_factor static_files watchdog",
        "build_hook install known_errors page_threads startup storage",
        "checks middleware",
        "lib",
    ],
    "inbox": [
        "admin apps capture management pages tasks webhooks",
        "templatetags",
        "verification",
        "claims forwarding moderation numbering privacy sandbox sending",
        "ingest",
        "live safety",
        "outbox",
        "messages",
        "api",
        "models",
        "codes segments",
        "text",
    ],
    "inbox.api": [
        "admin handler",
        "mount",
        "about authentication docs openapi",
        "limits",
        "keys oauth operations pagination threads",
        "schemas",
        "idempotency",
        "models principals",
        "apps examples problems scopes secret_hashing",
    ],
    "inbox.codes": [
        "encoded",
        "spans",
        "finder",
        "letters",
        "candidates occurrences",
        "vocabulary",
        "lexicon",
    ],
    "inbox.numbering": ["api lookup_api rentals_api usage_api", "leasing rentals", "offers", "numbers"],
    "inbox.messages": [
        "api files_api",
        "api_schemas",
        "files listing readable",
        "code_cutting queries",
        "matching resource",
        "views",
        "inboxes redaction search search_candidates",
        "file_types flags recent sealed_text",
    ],
    "inbox.ingest": [
        "multipart recovery unprocessed_requests",
        "intake part_groups",
        "batcher",
        "store",
        "rows",
        "accounts refusals storable",
    ],
    "inbox.claims": [
        "api",
        "admin tasks waiting",
        "claims matching",
        "models",
        "apps",
    ],
    "inbox.forwarding": [
        "admin api apps tasks",
        "api_schemas",
        "dispatch",
        "targets",
        "chat deliveries mail queue webhooks",
        "content retries",
        "models",
    ],
    "inbox.capture": [
        "door",
        "aws bandwidth infobip messagebird plivo sinch telnyx twilio vonage",
        "serving",
        "checks meddling pool requests",
        "replies",
    ],
    "inbox.capture.aws": ["endpoint", "sms_voice sns", "drafts errors logins"],
    "inbox.capture.bandwidth": ["endpoint", "lists", "sending", "errors"],
    "inbox.capture.infobip": ["endpoint", "logs sending", "statuses", "errors"],
    "inbox.capture.messagebird": ["endpoint", "lists sending", "resources", "errors"],
    "inbox.capture.plivo": ["endpoint", "lists sending", "resources", "errors"],
    "inbox.capture.sinch": ["endpoint", "batches sending", "reports", "errors"],
    "inbox.capture.telnyx": [
        "endpoint",
        "changes numbers verify",
        "sending verify_profiles",
        "addresses payloads profiles",
        "fields paging",
        "errors logins",
    ],
    "inbox.capture.twilio": [
        "endpoint",
        "service_senders verifications",
        "accounts incoming_numbers lookups media services verify_services",
        "available_numbers changes lists",
        "resources sending",
        "pools",
        "addresses fields logins paging",
        "errors",
    ],
    "inbox.capture.vonage": ["endpoint", "messages numbers sms verify", "addresses logins problems"],
    "inbox.sandbox.captured": ["aws bandwidth infobip messagebird plivo sinch telnyx twilio vonage", "entry"],
    "inbox.sandbox.played": [
        "bandwidth infobip messagebird plivo sinch telnyx twilio vonage",
        "twilio_receipts twiml",
        "answers inbound",
    ],
    "inbox.sandbox.problems": [
        "aws bandwidth infobip messagebird plivo sinch telnyx twilio vonage",
        "refusal",
    ],
    "inbox.sandbox": [
        "api mischief_api projects_api tasks",
        "streams waits",
        "following",
        "api_schemas inbound mischief_rules",
        "mischief",
        "callbacks",
        "replies",
        "copying keys messages resource services snippets verifications",
        "carrier_numbers marks prices projects reach search",
        "captured models",
        "played",
        "problems",
        "apps",
    ],
    "inbox.verification": [
        "admin api apps tasks",
        "verifications",
        "codes guards texts",
        "models",
    ],
    "inbox.sending": [
        "admin api apps tasks",
        "api_schemas dispatch",
        "messages",
        "accepting",
        "outcomes recipients senders",
        "opt_outs pace receipts turns",
        "models",
    ],
    "inbox.live": [
        "api",
        "pool_streams",
        "event_streams",
        "sse waits websocket",
        "endings session",
        "hub",
        "audience",
        "access notices publish slots",
        "checks comparisons newest",
        "frames",
        "rows",
        "browser_words marking origin",
    ],
    "numbers": [
        "admin apps management tasks",
        "audit intents",
        "canaries forecast logins orders outcomes pool prices rental_links",
        "accounts ledger offers rentals",
        "leases",
        "account_settings health placeholders signals spending",
        "models",
        "countries",
        "carriers",
    ],
    "numbers.carriers": [
        "signalwire",  # a carrier that speaks as another does
        " ".join(sorted(set(carriers.names()) - {"signalwire"})),
        "toolkit",
        "contract",
        "errors leasing messages settings",
    ],
    "numbers.carriers.toolkit": [
        "gateways json_api",
        "amounts answers authentication media senders smpp sns",
        "charsets forms http paging payloads",
        "signatures",
        "addresses",
    ],
}


def room_of(module: str) -> int | None:
    """The floor of a module: 0 is the ground."""
    for floor, room in enumerate(ROOMS):
        if module == room or module.startswith(room + "."):
            return floor
    return None


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Every import of a file with its line, those inside functions too."""
    return imports_in(path.read_text())


@cache
def imports_in(source: str) -> list[tuple[int, str]]:
    """The same of a file's text; most files are asked about more than once."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno} imports relatively: {ast.unparse(node)}"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def sources(root: Path = ROOT) -> list[Path]:
    """Our Python files, tests and migrations aside."""
    files = [path for room in ("tempsms", "inbox", "numbers") for path in (root / room).rglob("*.py")]
    return [path for path in files if "migrations" not in path.parts]


def imports_by_module(root: Path) -> dict[str, list[tuple[str, str]]]:
    """What each of our modules imports, and where it says so."""
    found = {}
    for path in sources(root):
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        found[module] = [(f"{path.relative_to(root)}:{line}", name) for line, name in imports_of(path)]
    return found


def module_in(name: str, modules: Collection[str]) -> str:
    """The module that an import leads to: the name is a module, or something in one; empty when it is not ours."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def imports_between_rooms(root: Path) -> list[str]:
    """Imports of a room from one above it."""
    wrong = []
    for module, imports in imports_by_module(root).items():
        floor = room_of(module)
        for where, name in imports:
            target = room_of(name)
            # `from tempsms import ROOT` and the embedded paths are the settings' ground, not the wiring above
            if target is not None and floor is not None and target > floor and name != "numbers":
                wrong.append(f"{where} imports {name}")
    return wrong


def imports_between_floors(root: Path) -> list[str]:
    """Imports inside a package that do not lead to a lower floor; members on no floor, and floors of no member."""
    wrong = []
    by_module = imports_by_module(root)
    for package, floors in FLOORS.items():
        height = {name: -floor for floor, names in enumerate(floors) for name in names.split()}
        inside = [module for module in by_module if module.startswith(f"{package}.")]
        members = {module: module.removeprefix(f"{package}.").partition(".")[0] for module in inside}
        wrong += [
            f"{package}.{name} is on no floor" for name in sorted(set(members.values()) - height.keys())
        ]
        wrong += [f"{package}.{name} is not there" for name in sorted(height.keys() - set(members.values()))]
        for module in inside:
            for where, name in by_module[module]:
                source, target = members[module], members.get(module_in(name, by_module), "")
                if target and source != target and height.get(target, 0) >= height.get(source, 0):
                    wrong.append(f"{where} imports {name}")
    return wrong


def cycles(root: Path) -> list[str]:
    """Modules that import themselves in the end."""
    by_module = imports_by_module(root)
    graph = {
        module: {module_in(name, by_module) for _, name in imports} - {module, ""}
        for module, imports in by_module.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" > ".join(error.args[1])]
    return []


def test_imports_point_down() -> None:
    assert imports_between_rooms(ROOT) == []


def test_imports_point_down_inside_each_app() -> None:
    assert imports_between_floors(ROOT) == []


def test_no_module_imports_itself_in_the_end() -> None:
    assert cycles(ROOT) == []


@pytest.mark.parametrize(
    ("check", "file", "line"),
    [
        (imports_between_rooms, "numbers/pool.py", "from inbox.models import Message"),
        (imports_between_rooms, "tempsms/lib/env.py", "import numbers.pool"),
        (imports_between_floors, "inbox/messages/queries.py", "from inbox.safety import policy"),
        (imports_between_floors, "inbox/moderation/reports.py", "from inbox.privacy.erasure import erase"),
        (imports_between_floors, "numbers/ledger.py", "def f():\n    from numbers import pool"),
        (imports_between_floors, "numbers/carriers/toolkit/http.py", "import numbers.carriers.twilio.api"),
        (cycles, "inbox/pages/cards.py", "from inbox.pages.filters import order"),
    ],
)
def test_one_bad_import_is_seen(
    check: Callable[[Path], list[str]], file: str, line: str, tmp_path: Path
) -> None:
    for path in sources():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    with (tmp_path / file).open("a") as text:
        text.write(f"\n{line}\n")
    known = check(ROOT)
    found = [line for line in check(tmp_path) if line not in known]
    assert len(found) == 1
    assert file in found[0] or file.removesuffix(".py").replace("/", ".") in found[0]


def test_the_floors_name_every_member_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "shed.py").touch()
    found = imports_between_floors(tmp_path)
    assert "inbox.shed is on no floor" in found
    assert "inbox.webhooks is not there" in found


def test_adapters_know_neither_django_nor_the_database() -> None:
    wrong = []
    for path in (ROOT / "numbers" / "carriers").rglob("*.py"):
        names = imports_of(path)
        wrong += [
            f"{path.name}:{line} {name}"
            for line, name in names
            if name.startswith(("django", "tempsms")) and name not in PURE
        ]
    assert wrong == []


@pytest.mark.parametrize(
    "argv",
    [
        [sys.executable, "manage.py", "shell", "-v0", "-c", PROBE],
        [sys.executable, "-c", f"{DJANGO} {PROBE}"],
        [sys.executable, "-m", "celery", "-A", "tempsms.celery", "inspect", "--help"],
        [sys.executable, "-c", f"import celery.bin.celery, tempsms.celery, django; django.setup(); {PROBE}"],
        [sys.executable, "-c", f"from uvicorn.importer import import_from_string as i; {UVICORN}; {PROBE}"],
        [sys.executable, "-c", f"import daphne.cli, tempsms.asgi; {PROBE}"],
    ],
    ids=["manage.py", "django", "celery", "celery app", "uvicorn", "daphne"],
)
def test_numbers_is_ours_and_the_librarys_in_every_entry_point(argv: list[str], tmp_path: Path) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    if "inspect" not in argv:
        assert "numbers.models.number.Number" in done.stdout


def test_numbers_is_ours_and_the_librarys_under_pytest() -> None:
    import numbers
    from numbers.models import Number

    assert numbers.Number.__module__ == "numbers"
    assert isinstance(3, numbers.Integral)
    assert Number._meta.app_label == "numbers"
    assert not (ROOT / "numbers" / "__init__.py").exists()


def test_the_top_level_holds_only_what_belongs_there() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    rooms = {
        "manage.py",
        "pyproject.toml",
        "README.md",
        "tempsms",
        "numbers",
        "inbox",
        "templates",
        "static",
        "tests",
    }
    tools = {
        "Makefile",
        "requirements.txt",
        "requirements-dev.txt",
        ".ci",
        "clients",
        "deploy",
        "docs",
        "LICENSE",
        "CHANGELOG.md",
    }
    extra = {"SECURITY.md", ".gitignore"}
    assert {name.split("/")[0] for name in tracked.stdout.split()} <= rooms | tools | extra


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, Debian's 3.11.2 among them, matches such patterns wrongly (CPython issue 106052)."""
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+[^+\d\s]")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "+,-./" not in line
        and (possessive.search(line) or "(?>" in line)  # a table of characters is no pattern
    ]
    assert wrong == []


APART = {"tempsms/proxy/addon.py": "mitmproxy"}
"""What is run by a program that has an environment of its own, and is imported there."""


def test_every_package_that_is_imported_is_asked_for() -> None:
    """What is only there because some other package needs it may be gone tomorrow."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    required = pyproject["project"]["dependencies"] + pyproject["build-system"]["requires"]
    parts = [re.split(r"[\[\],<>=]+", line) for line in required]  # name, its extras, versions
    asked = {name for name, *_ in parts} | {f"{name}-{extra}" for name, *rest in parts for extra in rest}
    distributions = metadata.packages_distributions()
    ours = {"tempsms", "numbers", "inbox"}
    wrong = []
    for path in sources():
        for line, name in imports_of(path):
            top = name.partition(".")[0]
            if top in ours or top in sys.stdlib_module_names:
                continue
            if APART.get(path.relative_to(ROOT).as_posix()) == top:
                continue
            if not asked & {found.lower().replace("_", "-") for found in distributions.get(top, [])}:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_a_carriers_own_code_stays_small() -> None:
    """What carriers share is the toolkit's, and what the sandbox writes in their place is the sandbox's."""
    own = set(carriers.names()) - {"simulated"}
    folders = [ROOT / "numbers" / "carriers" / name for name in own]
    counts = [sum(count_code(path.read_text()) for path in folder.glob("*.py")) for folder in folders]
    assert len(counts) >= 15
    assert statistics.median(counts) <= 250


def count_code(source: str) -> int:
    """Lines of code, without docstrings, comments and blank lines."""
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def test_code_is_counted_without_what_explains_it() -> None:
    source = '"""What it does.\n\nMore."""\n\n# why\nx = [\n    1,\n]\n\n\n'
    source += 'def f() -> None:\n    """Do."""\n    g()  # now\n'
    assert count_code(source) == 5
