"""One change that was named line by line, made in the version before: everything else stays."""

import re
from collections.abc import Iterator

from agents.demo.findings import File, Result
from agents.demo.run import Run

NAMED = re.compile(r"Add this line at the end of `([^`]+)`[^:]*: `([^`\n]+)`")


def named_change(run: Run) -> Result | None:
    """The version before with the line that was asked for; None where no line was named."""
    asked = NAMED.search(run.feedback[-1]) if run.feedback else None
    if asked is None:
        return None
    name, line = asked.groups()
    run.step(20, f"Adding a line to {name}", did=line)
    files = tuple(with_line(file, name, line) for file in files_before(run))
    if not any(file.name == name for file in files):
        return None
    told = f"One line was added at the end of {name}; everything else is as it was."
    return Result(told, files, ())


def files_before(run: Run) -> Iterator[File]:
    for file in run.context("previous_runs")[-1].get("files") or ():
        content = run.callbacks.download(str(file["url"]))
        yield File(str(file["name"]), str(file["media_type"]), content)


def with_line(file: File, name: str, line: str) -> File:
    if file.name != name:
        return file
    content = file.content if file.content.endswith(b"\n") else file.content + b"\n"
    return File(name, file.media_type, content + line.encode() + b"\n", file.role)
