"""Composition root: what is installed, where it runs, and what it may reach."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from kombu.entity import Queue

from workspace.model_options import options_from

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("MUSTER_HOME", BASE_DIR / ".muster"))
DEBUG = os.environ.get("MUSTER_DEBUG") == "1"


def _secret_key() -> str:
    """From the environment, else the key kept in the home; made once by `manage.py up`."""
    if given := os.environ.get("MUSTER_SECRET_KEY"):
        return given
    kept = HOME / "secret.key"
    if kept.exists():
        return kept.read_text().strip()
    # Commands that need no secrets (migrate, check, tests) run without a home.
    return "not-a-secret-" + hashlib.sha256(str(HOME).encode()).hexdigest()


SECRET_KEY = _secret_key()
# Keys that encrypt agents' secrets: the first encrypts, all decrypt.
MUSTER_KEYRING = [k for k in os.environ.get("MUSTER_KEYRING", "").split(",") if k] or [SECRET_KEY]
MUSTER_URL = os.environ.get("MUSTER_URL", "http://127.0.0.1:8000").rstrip("/")
MUSTER_ALLOW_CIDRS = [c for c in os.environ.get("MUSTER_ALLOW_CIDRS", "").split(",") if c.strip()]
MUSTER_TIMINGS: dict[str, float] = {}
MUSTER_MODEL_API_KEY = os.environ.get("MUSTER_MODEL_API_KEY", "")
MUSTER_MODEL_BASE_URL = os.environ.get("MUSTER_MODEL_BASE_URL", "https://api.moonshot.ai/v1")
MUSTER_MODEL = os.environ.get("MUSTER_MODEL", "kimi-k2.6")
MUSTER_MODEL_PROFILE = os.environ.get("MUSTER_MODEL_PROFILE", "moonshot")
# What the account allows at once, and a minute; 0 is no limit. Of the hosted service unless said:
# what its tier 0 allows.
_tier = ("1", "3", "500000") if MUSTER_MODEL_PROFILE == "moonshot" else ("0", "0", "0")
MUSTER_MODEL_LIMITS = {
    "concurrency": int(os.environ.get("MUSTER_MODEL_CONCURRENCY", _tier[0])),
    "rpm": int(os.environ.get("MUSTER_MODEL_RPM", _tier[1])),
    "tpm": int(os.environ.get("MUSTER_MODEL_TPM", _tier[2])),
}
# What the model can do and costs, where it differs from what is known of Kimi K2.6.
MUSTER_MODEL_OPTIONS = options_from(os.environ)
MUSTER_EMBEDDED = os.environ.get("MUSTER_EMBEDDED") == "1"

# The Host header is checked against MUSTER_URL's host and what an operator adds.
_host = MUSTER_URL.split("://", 1)[-1].rsplit(":", 1)[0].strip("[]")
ALLOWED_HOSTS = sorted(
    {_host, "127.0.0.1", "localhost", "[::1]", *os.environ.get("MUSTER_HOSTS", "").split(",")}
    - {""}
)
CSRF_TRUSTED_ORIGINS = [MUSTER_URL]
SECURE = MUSTER_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Homes on one machine differ by port only, and cookies do not know ports.
_cookie = hashlib.sha256(MUSTER_URL.encode()).hexdigest()[:6]
SESSION_COOKIE_NAME = f"muster_{_cookie}"
CSRF_COOKIE_NAME = f"muster_csrf_{_cookie}"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "channels",
    "ninja",
    "workspace.apps.WorkspaceConfig",
    "agents.apps.AgentsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "workspace.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "workspace.middleware.RefusalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "workspace.urls"
ASGI_APPLICATION = "workspace.asgi.application"
AUTH_USER_MODEL = "workspace.Person"
LOGIN_URL = "/sign-in"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "csp.context_processors.nonce",
                "workspace.views.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "workspace.templatetags.muster"],
        },
    }
]

# IMMEDIATE: a transaction that reads and then writes never meets "database is locked".
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-8000;"
    ),
}
DATABASE_URL = os.environ.get("DATABASE_URL", f"sqlite:///{HOME / 'muster.sqlite3'}")
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "workspace.sqlite"
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    DATABASES["default"]["CONN_MAX_AGE"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", f"unix://{HOME / 'run' / 'valkey.sock'}")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # redis-py 8 gives sockets five seconds, as long as the layer blocks: idle ones would die.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}], "prefix": "muster"},
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "muster"
# A worker takes from both in turn: its sign of life waits for a free thread, never for all the
# hints that came before, or a worker that is merely busy would be taken for dead.
CELERY_TASK_QUEUES = [Queue("muster"), Queue("signs")]
CELERY_TASK_ROUTES = {"worker.beat": {"queue": "signs"}}

STORAGES = {
    "default": {
        "BACKEND": os.environ.get("MUSTER_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": {} if "MUSTER_STORAGE" in os.environ else {"location": HOME / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, MUSTER_URL.replace("http", "ws", 1)],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MUSTER_LOG", "WARNING")},
    "loggers": {"muster": {"level": os.environ.get("MUSTER_LOG", "INFO")}},
}
SILENCED_SYSTEM_CHECKS = ["models.W042"]
NINJA_PAGINATION_PER_PAGE = 50
