"""What is asked of the demo's agents beside their work: one change, and no more than was given."""

import hashlib

from agents.demo.changes import NAMED
from tests.demo.conftest import Start
from tests.demo.recorder import Recorder, deliver, order

BEFORE = {"facts.csv": b"subject,value\nretries,3\n", "notes.md": b"Nothing changed."}
ASKED = "Add this line at the end of `notes.md`, and change nothing else: `Read twice.`"


def sent_back(recorder: Recorder, feedback: str) -> dict[str, object]:
    """An order for the next round, with the version before to be fetched."""
    files = []
    for name, content in BEFORE.items():
        recorder.served[f"/agent/v1/files/run_2/{name}"] = content
        sha256 = hashlib.sha256(content).hexdigest()
        url = f"{recorder.origin}/agent/v1/files/run_2/{name}"
        files.append({"name": name, "media_type": "text/plain", "sha256": sha256, "url": url})
    previous = {"id": "run_1", "outcome": "changes_requested", "feedback_md": feedback}
    context = {"comments": [], "previous_runs": [previous | {"files": files}]}
    return order(recorder, "Facts from the code", run_id="run_2", context=context)


def test_one_named_line_is_added_and_everything_else_is_as_it_was(
    start: Start, recorder: Recorder
) -> None:
    deliver(start("tracer"), "card.assigned", sent_back(recorder, ASKED))
    recorder.until(lambda r: r.completions)
    assert recorder.names() == set(BEFORE)
    assert recorder.file("facts.csv") == BEFORE["facts.csv"]
    assert recorder.text("notes.md") == "Nothing changed.\nRead twice.\n"


def test_any_other_request_is_worked_on_as_ever(start: Start, recorder: Recorder) -> None:
    deliver(start("tracer"), "card.assigned", sent_back(recorder, "Please look again."))
    recorder.until(lambda r: r.completions)
    assert recorder.names() == {"code-facts.csv"}
    for other in ("Add a line to `notes.md`.", "Change `notes.md`: `Read twice.`"):
        assert NAMED.search(other) is None


def test_a_line_for_a_file_it_never_made_is_not_invented(start: Start, recorder: Recorder) -> None:
    asked = ASKED.replace("notes.md", "other.md")
    deliver(start("tracer"), "card.assigned", sent_back(recorder, asked))
    recorder.until(lambda r: r.completions)
    assert recorder.names() == {"code-facts.csv"}


def test_what_is_said_to_be_attached_and_is_not_is_missed(start: Start, recorder: Recorder) -> None:
    data = order(recorder, "Facts from the code")
    data["card"]["description_md"] = "The module is attached."
    deliver(start("tracer"), "card.assigned", data)
    recorder.until(lambda r: r.failures)
    assert "nothing is attached" in str(recorder.failures[0])
    assert recorder.completions == []
