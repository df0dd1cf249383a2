from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "lamplighter.metering"
    label = "metering"
