"""The bare views as an application for a server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lamplighter.site.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the set-up
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

settings.ROOT_URLCONF = "bench.bare_lists"
settings.MIDDLEWARE = []
application = WSGIHandler()
