"""Settings. Without any configuration the embedded servers under `VAR` are used and secrets are made there.

A deployment is anything that names its own `DATABASE_URL`: there `SECRET_KEY`, `ENCRYPTION_KEYS`, `PUBLIC_URL` and
`ALLOWED_HOSTS` must be given, and tempsms.checks refuses unsafe values.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from csp.constants import NONE, SELF
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from platformdirs import user_data_path

from tempsms import INSTALLED, ROOT
from tempsms.embedded import services
from tempsms.embedded.secrets import kept_secret
from tempsms.lib import assets, env, postgres_url, redis_url, smtp_url, web_origin

MUST_BE_GIVEN = ("SECRET_KEY", "ENCRYPTION_KEYS", "PUBLIC_URL", "ALLOWED_HOSTS")

VAR = Path(env.text("VAR") or (user_data_path("tempsms") if INSTALLED else ROOT / "var")).resolve()
DEBUG = env.flag("DEBUG")
DATABASE_URL = env.text("DATABASE_URL") or services.database_url(VAR)
REDIS_URL = env.text("REDIS_URL") or services.redis_url(VAR)
services.must_be_both_or_neither(VAR, DATABASE_URL, REDIS_URL)
DEPLOYED = bool(env.text("DATABASE_URL"))
if DEPLOYED and (missing := [name for name in MUST_BE_GIVEN if not env.text(name)]):
    raise ImproperlyConfigured(
        f"{', '.join(missing)} must be set when DATABASE_URL is (or {missing[0]}_FILE): see docs/reference/settings.md"
    )


def _read_setting(name: str, otherwise: Callable[[], str]) -> str:
    """A value from the environment; outside deployments there is another."""
    return env.text(name) or otherwise()


def _normalise_address(address: str) -> str:
    """An address in the one spelling that all others are compared with; what is none is left to the checks."""
    try:
        return web_origin.normalise(address)
    except ValueError:
        return address.rstrip("/")


def _host_patterns(words: list[str]) -> list[str]:
    try:
        return [web_origin.normalise_pattern(word) for word in words]
    except ValueError:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must be host names like sms.example.org, or .example.org for all of a domain"
        ) from None


def _read_networks(name: str, words: list[str]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(word) for word in words]
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be networks like 10.1.2.0/24") from None


SECRET_KEY = _read_setting("SECRET_KEY", lambda: kept_secret(VAR, "SECRET_KEY"))
ENCRYPTION_KEYS = (
    _read_setting("ENCRYPTION_KEYS", lambda: kept_secret(VAR, "ENCRYPTION_KEYS")).replace(",", " ").split()
)
PUBLIC_URL = _normalise_address(_read_setting("PUBLIC_URL", lambda: services.address(VAR)))
ALLOWED_HOSTS = _host_patterns(env.words("ALLOWED_HOSTS", "" if DEPLOYED else "localhost 127.0.0.1 [::1]"))
if (host := web_origin.host_of(PUBLIC_URL)) and host not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(host)
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# What is kept and for how long
MESSAGE_RETENTION = timedelta(hours=env.number("MESSAGE_RETENTION_HOURS", 24, least=1, most=30 * 24))
CODE_LIFE = timedelta(minutes=env.number("CODE_LIFE_MINUTES", 10, least=1, most=30 * 24 * 60))

# How long nobody gets a number that was rented, so that late messages reach nobody else; a rental may have its own
RENTAL_COOL_DOWN = timedelta(minutes=env.number("RENTAL_COOL_DOWN_MINUTES", 14 * 24 * 60, most=366 * 24 * 60))

# How often each number is sent a test message, if an account has a test message sender
CANARY_EVERY = timedelta(hours=env.number("CANARY_HOURS", 24, least=1, most=366 * 24))

# Whom people can write to: an e-mail address, or the address of a page
CONTACT = env.text("CONTACT")

# Where messages may be passed on to
FORWARD_HTTP = env.flag("FORWARD_HTTP")
FORWARD_NETWORKS = _read_networks("FORWARD_NETWORKS", env.words("FORWARD_NETWORKS"))
FORWARD_CHAT_KINDS = [word.lower() for word in env.words("FORWARD_CHAT_KINDS")]
_smtp = smtp_url.parse(env.text("SMTP_URL"))
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_USE_SSL = _smtp.host, _smtp.port, _smtp.starttls, _smtp.tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.user, _smtp.password
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    env.text("MAIL_FROM") or f"tempsms@{web_origin.host_of(PUBLIC_URL) or 'localhost'}"
)

# From where the sandbox's first project, whose logins everybody knows, can be used besides this machine
SANDBOX_NETWORKS = _read_networks("SANDBOX_NETWORKS", env.words("SANDBOX_NETWORKS"))

# Current and past public numbers for those who fight fraud: /.well-known/public-numbers.json
PUBLIC_NUMBERS_FEED = env.flag("PUBLIC_NUMBERS_FEED")

# Who may read /metrics from other machines; without it, this machine only
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Bounds on what strangers may ask of a process
INGEST_QUEUE_LIMIT = env.number("INGEST_QUEUE_LIMIT", 5000, least=1)
API_MONTHLY_CEILING = Decimal(env.number("API_MONTHLY_CEILING", 100))  # of what each API key leases
API_MONTHLY_CEILING_CURRENCY = env.text("API_MONTHLY_CEILING_CURRENCY", "USD")
SEND_DAILY_CEILING = Decimal(env.number("SEND_DAILY_CEILING", 10))  # of all that is sent in a day (UTC)
VERIFY_COUNTRIES = env.words("VERIFY_COUNTRIES")  # inbox.verification; ISO 3166-1 alpha-2, none by default
VERIFY_DAILY_LIMIT = env.number("VERIFY_DAILY_LIMIT", 1000)  # codes of one API key in a day
SEND_TO_PREMIUM = env.flag("SEND_TO_PREMIUM")  # whether messages may go to numbers that cost more
API_KEY_LIMIT = env.number("API_KEY_LIMIT", 6000, least=1)  # inbox.api.limits; requests a minute
VISITOR_LIMITS = env.flag("VISITOR_LIMITS", True)  # tempsms.middleware.budgets; off for load tests
WEB_PROCESSES = env.number("WEB_PROCESSES", 1, least=1)  # that share the two next limits (inbox.live.slots)
SOCKETS_PER_VISITOR = env.number("SOCKETS_PER_VISITOR", 50, least=1)
SOCKETS_PER_KEY = env.number("SOCKETS_PER_KEY", 5000, least=1)
SOCKETS_PER_PROCESS = env.number("SOCKETS_PER_PROCESS", 20000, least=1)

INSTALLED_APPS = [
    "tempsms.apps.TempsmsConfig",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "oauth2_provider",
    "numbers.apps.NumbersConfig",
    "inbox.apps.InboxConfig",
    "inbox.api.apps.ApiConfig",
    "inbox.claims.apps.ClaimsConfig",
    "inbox.forwarding.apps.ForwardingConfig",
    "inbox.sandbox.apps.SandboxConfig",
    "inbox.sending.apps.SendingConfig",
    "inbox.verification.apps.VerificationConfig",
]
MIDDLEWARE = [
    "tempsms.middleware.private_pages.PrivatePages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # random padding: lengths reveal nothing about tokens (BREACH)
    "csp.middleware.CSPMiddleware",
    "tempsms.middleware.admin_policy.AdminPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tempsms.middleware.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "tempsms.second_factor.EnforceSecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tempsms.middleware.outage.Outage",
    "tempsms.middleware.admin_values.AdminValues",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tempsms.urls"
ASGI_APPLICATION = "tempsms.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inbox.pages.context.site",
            ],
        },
    }
]

DATABASES = {
    "default": {
        **postgres_url.parse(
            DATABASE_URL,
            connect_timeout=3,
            # a machine that is gone says nothing; sessions get their limits in tempsms.lib.postgres
            tcp_user_timeout=10_000,
            keepalives_idle=15,
            keepalives_interval=5,
            keepalives_count=3,
        ),
        "DISABLE_SERVER_SIDE_CURSORS": True,  # they live in a session, which poolers of transactions share out
        # a thread for pages keeps its own (tempsms/page_threads.py), a worker's process too
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("id", "Bahasa Indonesia"),
    ("ja", "日本語"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("tr", "Türkçe"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [ROOT / "inbox" / "locale"]  # as an app's, Django's words for the admin would come before ours
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "tempsms.lib.flags.FlagFinder",
    "inbox.api.docs.SwaggerFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tempsms.storage.StaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Pages carry their styles: the first paint needs one request
STYLES = assets.sheets(ROOT / "static/css")
MODULES = assets.modules(ROOT / "static/js")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [sheet.source for sheet in STYLES.values()],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["rows"],  # static/js/row.js
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers post forms with Origin: null
X_FRAME_OPTIONS = "DENY"
SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_TRUSTED_ORIGINS = web_origin.of_hosts(PUBLIC_URL, ALLOWED_HOSTS)
DEFAULT_EXCEPTION_REPORTER = "tempsms.error_reports.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "tempsms.error_reports.Filter"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
AUTHENTICATION_BACKENDS = ["tempsms.logins.LockoutBackend", "django.contrib.auth.backends.ModelBackend"]

# Logins that fail too often (tempsms.logins)
AXES_HANDLER = "tempsms.logins.Lockout"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = (
    False  # or one who keeps trying locks out a whole office for good
)
AXES_CLIENT_IP_CALLABLE = "tempsms.logins.address_of"
AXES_USERNAME_CALLABLE = "tempsms.logins.name_of"
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "otp_token", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "tempsms"

# Client credentials for the API (inbox.api.oauth), and nothing else of it
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
PASSWORD_HASHERS = [*global_settings.PASSWORD_HASHERS, "inbox.api.secret_hashing.RandomSecretHasher"]
OAUTH2_PROVIDER = {
    "CLIENT_SECRET_HASHER": "pbkdf2_sha256_random",
    "SCOPES_BACKEND_CLASS": "inbox.api.oauth.KeyScopes",
    "OAUTH2_VALIDATOR_CLASS": "inbox.api.oauth.KeyValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 15 * 60,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    **{
        f"COMPLIANT_BCP_RFC9700_{name}": True
        for name in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

CELERY_BROKER_URL, CELERY_BROKER_USE_SSL = redis_url.for_celery(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_TASK_TIME_LIMIT = 110  # below the visibility timeout: a task is never run twice because it is slow
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# kombu returns the tasks of a killed worker after visibility_timeout, looking every restore interval
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 1000,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": not REDIS_URL.startswith("unix:"),
    "health_check_interval": 15,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"class": "tempsms.lib.logs.Line", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"sparing": {"()": "tempsms.lib.logs.Sparing"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["sparing"]}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        # a line for each wake-up that found nothing to do: 1.2 MB an hour; a failed task is an error
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "apprise": {"level": "CRITICAL"},  # its lines have addresses, and in them keys
        "axes": {"level": "ERROR"},  # tempsms.logins has its own lines
        "uvicorn.error": {"level": "WARNING"},  # below it logs each socket's client address
        **{
            name: {"handlers": [], "propagate": True} for name in ("django", "django.server")
        },  # not their own lines
    },
}

UNFOLD = {
    "SITE_TITLE": "tempsms",
    "SITE_HEADER": "tempsms",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "LOGIN": {"form": "tempsms.second_factor.LoginForm"},
    "ACCOUNT": {"navigation": [{"title": "Second factor", "link": "/admin/second-factor/"}]},
}
