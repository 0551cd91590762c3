"""The library the demo's agents work on: a folder with a pyproject.toml and a package."""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.demo.findings import Place, sha256_of

SHIPPED = Path(__file__).parent / "teaspoon"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".git", ".venv", "*.pyc")


class NotALibrary(Exception):
    """The folder cannot be worked on as a library."""


@dataclass(frozen=True)
class Text:
    """A file of the library as it was read. `name` is its path below the library."""

    name: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def place(self, line: int) -> Place:
        quote = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return Place(self.name, line, sha256_of(self.content), quote[:200])

    def line_with(self, words: str) -> int:
        """The first line that holds these words, or 0."""
        found = (n for n, line in enumerate(self.lines, start=1) if words in line)
        return next(found, 0)


class Library:
    """A folder read afresh by each run, so a changed line changes the findings."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self.project: dict[str, Any] = tomllib.loads(self.read("pyproject.toml").text)[
                "project"
            ]
            self.name = str(self.project["name"])
        except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
            raise NotALibrary(f"{root.name} has no readable pyproject.toml") from error
        self.package = self.name.replace("-", "_")

    def read(self, name: str) -> Text:
        return Text(name, (self.root / name).read_bytes())

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()

    def modules(self) -> list[Text]:
        return self._matching(f"{self.package}/**/*.py")

    def docs(self) -> list[Text]:
        return self._matching("README.md", "docs/**/*.md", "CHANGES")

    def _matching(self, *patterns: str) -> list[Text]:
        found = [path for pattern in patterns for path in sorted(self.root.glob(pattern))]
        return [self.read(path.relative_to(self.root).as_posix()) for path in found]

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A copy to run and change things in. The library itself is never written to."""
        with TemporaryDirectory(prefix="muster-demo-") as folder:
            copy = Path(folder) / self.name
            shutil.copytree(self.root, copy, ignore=LEFT_OUT)
            yield copy
