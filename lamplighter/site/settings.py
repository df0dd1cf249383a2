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

# Without a key of its own an installation gets one that ends with the process.
SECRET_KEY = ENVIRONMENT.secret_key or secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
ROOT_URLCONF = "lamplighter.site.urls"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
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
    "django.middleware.security.SecurityMiddleware",
]

DATABASES = databases(ENVIRONMENT)
DATABASE_ROUTERS = ["lamplighter.site.databases.HistoryApart"]

AUTH_USER_MODEL = "identity.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone
LANGUAGE_CODE = "en"

LOGGING = logs.django_logging(ENVIRONMENT.log_format)

LAMPLIGHTER_HOME = ENVIRONMENT.home
LAMPLIGHTER_INTERVAL_PLANE = "lamplighter.metering.adapters.interval_plane.ParquetPlane"
LAMPLIGHTER_INTERVALS = ENVIRONMENT.home / "intervals"
