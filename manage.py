#!/usr/bin/env python3
"""Every command of an installation. `up` starts it; the others are Django's and Muster's own."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["up"]:
        # The supervisor lives as long as the installation and must not carry Django about.
        from workspace.up.command import main as up

        sys.exit(up(sys.argv[2:]))

    from workspace.up.lock import adopt_home

    adopt_home(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
