"""`manage.py replay FILE`: the moves of a saved board, made again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.coordinator.plan import plan
from agents.coordinator.saved import board_from_json, move_to_json


class Command(BaseCommand):
    help = "Print the moves the coordinator makes of a saved board, one a line, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a board as /rooms/…/board.json gives it, or - for input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """The same board gives the same moves: no clock is read and nothing is changed."""
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            board = board_from_json(text)
        except (OSError, ValueError) as error:
            raise CommandError(f"That is not a saved board: {error}") from error
        for move in plan(board).moves:
            self.stdout.write(move_to_json(move))
