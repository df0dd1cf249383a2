"""The bare views as an application for a server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lamplighter.site.settings")

import django

django.setup()

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

settings.ROOT_URLCONF = "bench.bare_lists"
settings.MIDDLEWARE = []
application = WSGIHandler()
