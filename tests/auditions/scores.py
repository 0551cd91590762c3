"""What the documentation says that agents scored: the tests hold them to it."""

from __future__ import annotations

from tests.journeys.installation import ROOT

STATES = {"passed": "passed", "failed": "failed", "–": "not_applicable", "·": "not_tried"}


def documented() -> dict[str, dict[str, str]]:
    """Per agent the state of each item, as `docs/audition.md` has it."""
    page = (ROOT / "docs" / "audition.md").read_text()
    table = page.split("<!-- scores -->\n")[1].split("<!-- end scores -->")[0]
    head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]]
                      for line in table.strip().splitlines())  # fmt: skip
    return {
        name: {row[0].strip("`"): STATES[row[n]] for row in rows}
        for n, name in enumerate(head[1:], start=1)
    }
