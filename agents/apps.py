from importlib import import_module

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"

    def ready(self) -> None:
        # Registers the system checks of this side; they need the models, so not before.
        import_module("agents.checks")
