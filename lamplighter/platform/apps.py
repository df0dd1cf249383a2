from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.module_loading import autodiscover_modules

from lamplighter.platform import logs
from lamplighter.platform.exact import teach_sqlite


class PlatformConfig(AppConfig):
    name = "lamplighter.platform"
    label = "platform"

    def ready(self) -> None:
        logs.configure()
        connection_created.connect(teach_sqlite)
        # What is published is written down for each reaction, so all of them must be known.
        autodiscover_modules("reactions", "privacy", "retention", "tasks")
