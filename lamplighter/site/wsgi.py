"""What a WSGI server serves: `lamplighter.site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lamplighter.site.settings")
_pages = get_wsgi_application()

# It reads settings, which are there only now.
from lamplighter.site.static_files import with_static_files  # noqa: E402

application = with_static_files(_pages)
