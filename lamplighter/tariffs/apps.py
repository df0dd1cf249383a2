from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "lamplighter.tariffs"
    label = "tariffs"
