"""Puts the switches in, once everything they are put into is loaded."""

from django.apps import AppConfig


class SwitchesConfig(AppConfig):
    name = "agents.pilot.switches"
    label = "switches"

    def ready(self) -> None:
        from agents.pilot.switches.install import install

        install()
