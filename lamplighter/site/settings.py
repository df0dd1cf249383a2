"""Django's settings, from the environment (see `environment`)."""

import secrets

from lamplighter.platform import logs
from lamplighter.site.databases import databases
from lamplighter.site.environment import BadSetting, Environment

ENVIRONMENT = Environment.read()

if ENVIRONMENT.production and ENVIRONMENT.secret_key is None:
    raise BadSetting(
        "LAMPLIGHTER_SECRET_KEY is not set.",
        remedy="Set it to 50 or more random characters, the same on every server.",
    )

if ENVIRONMENT.production and not ENVIRONMENT.master_keys:
    raise BadSetting(
        "LAMPLIGHTER_MASTER_KEYS is not set.",
        remedy="Set it to a key of `lamplighter keys new`, the same on every server, and keep a "
        "copy elsewhere: without it nothing about people can be read.",
    )

# Without a key of its own an installation gets one that ends with the process.
SECRET_KEY = ENVIRONMENT.secret_key or secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
ROOT_URLCONF = "lamplighter.site.urls"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
    "allauth.mfa",
    "corsheaders",
    "lamplighter.platform",
    "lamplighter.identity",
    "lamplighter.customers",
    "lamplighter.metering",
    "lamplighter.tariffs",
    "lamplighter.billing",
    "lamplighter.history",
    "lamplighter.site",
]

MIDDLEWARE = [
    "lamplighter.platform.web.Trace",
    "lamplighter.platform.web.KnownHosts",
    "django.middleware.security.SecurityMiddleware",
    "lamplighter.platform.web.ContentSecurity",
    "corsheaders.middleware.CorsMiddleware",
    "lamplighter.platform.compression.Compression",
    "lamplighter.platform.limits.Limits",
    "lamplighter.platform.sizes.Sizes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lamplighter.site.access.Doors",
    "lamplighter.site.access.RefusalsOnPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
# A field, its label, its help and what is wrong with it, as this site writes them.
FORM_RENDERER = "lamplighter.site.pages.forms.Renderer"
STATIC_URL = "/static/"

DATABASES = databases(ENVIRONMENT)
DATABASE_ROUTERS = ["lamplighter.site.databases.HistoryApart"]

AUTH_USER_MODEL = "identity.User"
PASSWORD_HASHERS = ["lamplighter.platform.passwords.Argon2id"]
LOGIN_URL = "/login"
LAMPLIGHTER_DOORKEEPER = "lamplighter.identity.api.caller_of"

# Second factors, by allauth: its account app is there for its models alone, and stays empty.
ACCOUNT_USER_MODEL_USERNAME_FIELD = ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
MFA_ADAPTER = "lamplighter.identity.adapters.sealed_factors.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]

# OAuth 2.0 and OpenID Connect, by allauth. What it keeps for a minute all processes have to see.
CACHES = {"default": {"BACKEND": "lamplighter.platform.shared_cache.SharedCache"}}
IDP_OIDC_ADAPTER = "lamplighter.identity.adapters.oidc.Provider"
IDP_OIDC_ACCESS_TOKEN_FORMAT = "jwt"  # noqa: S105 - a format
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = IDP_OIDC_ID_TOKEN_EXPIRES_IN = 5 * 60
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600
IDP_OIDC_INTROSPECTION_ENABLED = True
IDP_OIDC_RATE_LIMITS = {"introspect_ip": "600/m/ip", "introspect_client": "600/m/key"}

# Behind a proxy that speaks TLS a form comes from https, and we see http.
CSRF_TRUSTED_ORIGINS = [
    f"https://*{host}" if host.startswith(".") else f"https://{host}"
    for host in ENVIRONMENT.hosts
    if host != "*"
]
SESSION_COOKIE_NAME = "lamplighter_session"
SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.production
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.production else 0
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "lamplighter.site.pages.refused.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LAMPLIGHTER_REQUESTS_PER_MINUTE = ENVIRONMENT.requests_per_minute
LAMPLIGHTER_PROCESSES = ENVIRONMENT.processes
LAMPLIGHTER_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT.proxies
LAMPLIGHTER_REQUEST_BYTES_MAX = ENVIRONMENT.request_bytes_max
LAMPLIGHTER_FILE_BYTES_MAX = ENVIRONMENT.file_bytes_max
LAMPLIGHTER_FILES_AT = frozenset(
    {"/api/imports", "/api/imports/inspection", "/api/tariffs/imports"}
)
# Files go to the disk as they come in; anything else is held in memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = ENVIRONMENT.file_bytes_max
CORS_ALLOWED_ORIGINS = list(ENVIRONMENT.cors_origins)
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match",
    "traceparent", "x-api-key",
]  # fmt: skip
CORS_EXPOSE_HEADERS = ["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Trace-Id"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone
LANGUAGE_CODE = "en"

LOGGING = logs.django_logging(ENVIRONMENT.log_format)

LAMPLIGHTER_URL = ENVIRONMENT.url
LAMPLIGHTER_HOME = ENVIRONMENT.home
LAMPLIGHTER_MASTER_KEYS = ENVIRONMENT.master_keys
LAMPLIGHTER_INTERVAL_PLANE = "lamplighter.metering.adapters.interval_plane.ParquetPlane"
LAMPLIGHTER_INTERVALS = ENVIRONMENT.home / "intervals"
LAMPLIGHTER_BILL_PRINTER = "lamplighter.billing.adapters.typst_printer.TypstPrinter"

LAMPLIGHTER_PRODUCTION = ENVIRONMENT.production
LAMPLIGHTER_MESSENGER = (
    "lamplighter.identity.adapters.smtp.Smtp"
    if ENVIRONMENT.mail
    else "lamplighter.identity.adapters.mailbox.Mailbox"
)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 20
if ENVIRONMENT.mail:
    EMAIL_HOST, EMAIL_PORT = ENVIRONMENT.mail.host, ENVIRONMENT.mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.user, ENVIRONMENT.mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = ENVIRONMENT.mail.is_tls, ENVIRONMENT.mail.starts_tls
    DEFAULT_FROM_EMAIL = ENVIRONMENT.mail.sender
