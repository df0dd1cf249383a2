from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "lamplighter.history"
    label = "history"
