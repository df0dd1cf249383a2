from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "lamplighter.identity"
    label = "identity"
