from django.apps import AppConfig, apps
from django.db.models.signals import pre_migrate

from lamplighter.site import databases


class SiteConfig(AppConfig):
    name = "lamplighter.site"
    label = "site"

    def ready(self) -> None:
        history = apps.get_app_config(databases.HISTORY)
        pre_migrate.connect(databases.make_schema, sender=history)
