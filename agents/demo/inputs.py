"""The accepted deliverables a run was given: fetched, checked against their sha256, and read."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agents.demo.findings import Place, sha256_of
from agents.demo.run import CannotDo, Run


@dataclass(frozen=True)
class Given:
    """One file of an accepted deliverable."""

    deliverable_id: str
    card_title: str
    name: str
    content: bytes

    @property
    def lines(self) -> list[str]:
        return self.content.decode("utf-8", errors="replace").split("\n")

    def place(self, line: int) -> Place:
        quote = self.lines[line - 1].strip().rstrip(",") if 0 < line <= len(self.lines) else ""
        return Place(self.name, line, sha256_of(self.content), quote[:500], self.deliverable_id)

    def carries(self) -> set[str]:
        """The columns of a CSV file, or the members of a JSON object."""
        if self.name.endswith(".json"):
            return set(self.head())
        return set(next(csv.reader(self.lines[:1]), []))

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a CSV file, each with the line it ends on."""
        reader = csv.DictReader(io.StringIO("\n".join(self.lines)))
        for row in reader:
            yield reader.line_num, {str(key): value or "" for key, value in row.items() if key}

    def items(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The items of a list in a JSON file, each with its line; other shapes have none."""
        for item in self.head().get(name) or ():
            if isinstance(item, dict):
                yield self._line_of(item), item

    def head(self) -> dict[str, Any]:
        try:
            value = json.loads(self.content)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def _line_of(self, item: dict[str, Any]) -> int:
        for number, line in enumerate(self.lines, start=1):
            if line.startswith("{") and loaded(line.rstrip(",")) == item:
                return number
        return 1

    def line_with(self, words: str) -> int:
        """The first line that holds these words, or 1."""
        found = (n for n, line in enumerate(self.lines, start=1) if words in line)
        return next(found, 1)


def loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def fetch_inputs(run: Run) -> list[Given]:
    """Download every input file. Raises CannotDo if one is not the file that was accepted."""
    found = []
    listed = [
        (given, file)
        for given in run.order.get("inputs") or ()
        for file in given.get("files") or ()
    ]
    if not listed:
        raise CannotDo("no_inputs", "No accepted deliverable was given to write from.")
    for number, (given, file) in enumerate(listed, start=1):
        content = run.callbacks.download(file["url"])
        if sha256_of(content) != str(file.get("sha256")).removeprefix("sha256:"):
            message = f"The bytes of {file['name']} do not match the sha256 that was accepted."
            raise CannotDo("stale_input", message)
        title = str(given.get("card_title") or given.get("card_id") or "")
        found.append(Given(str(given["deliverable_id"]), title, str(file["name"]), content))
        if number % 3 == 0 or number == len(listed):
            did = f"{number} of {len(listed)} files match their sha256"
            run.step(5 + 35 * number // len(listed), f"Fetched {file['name']}", did=did)
    return found
