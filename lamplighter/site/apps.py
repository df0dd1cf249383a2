from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "lamplighter.site"
    label = "site"
