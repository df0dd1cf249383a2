from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "lamplighter.platform"
    label = "platform"
