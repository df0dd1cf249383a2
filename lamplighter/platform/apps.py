from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from lamplighter.platform import logs


class PlatformConfig(AppConfig):
    name = "lamplighter.platform"
    label = "platform"

    def ready(self) -> None:
        logs.configure()
        # What is published is written down for each reaction, so all of them must be known.
        autodiscover_modules("reactions")
