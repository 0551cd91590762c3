"""Release notes, from accepted inputs only."""

from collections.abc import Iterator, Sequence

from agents.demo.findings import File, Finding, Result
from agents.demo.inputs import Given, fetch_inputs
from agents.demo.library import Library
from agents.demo.report import STATEMENTS, write_report
from agents.demo.run import CannotDo, Run
from agents.demo.statements import CHANGE, Statement, about_fix


def changes_in(inputs: Sequence[Given]) -> list[Statement]:
    """What the accepted fix changes; without it, what the accepted report says of it."""
    for name, read in (("fix.json", about_fix), (STATEMENTS, told_by_report)):
        given = next((given for given in inputs if given.name == name), None)
        if given is not None:
            return list(read(given))
    raise CannotDo("no_inputs", "Neither an accepted fix nor an accepted report was given.")


def told_by_report(report: Given) -> Iterator[Statement]:
    for line, item in report.items("statements"):
        if item.get("kind") == CHANGE:
            subject, text = str(item.get("subject")), str(item.get("text"))
            yield Statement(CHANGE, subject, text, str(item.get("origin")), (report.place(line),))


def write_notes(run: Run, library: Library) -> Result:
    """The release notes as a card's result. The library is not looked at: only inputs count."""
    changes = changes_in(fetch_inputs(run))
    for number, change in enumerate(changes, start=1):
        run.step(50 + 40 * number // len(changes), "Writing what changed", did=change.text)
    lines = [f"# {run.title}", "", "## Changed", ""]
    for change in changes:
        place = change.places[0]
        lines.append(f"- {change.text} (`{change.origin}`; {place} of {place.deliverable_id})")
    lines += [] if changes else ["Nothing changed for users."]
    return Result(
        summary_md=f"{len(changes)} changes for users, each linked to its line.",
        files=(File("release-notes.md", "text/markdown", "\n".join([*lines, ""]).encode()),),
        findings=tuple(
            Finding(f"notes.{change.subject}", "changed", change.text, change.places)
            for change in changes
        ),
    )


def write_what_is_asked(run: Run, library: Library) -> Result:
    """Notes where the card's title asks for notes, else the report."""
    return (write_notes if "notes" in run.title.lower() else write_report)(run, library)
