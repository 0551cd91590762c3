"""The sample of docs/bring-your-agent.md, run as it stands."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.demo.wire import signature_of
from tests.demo.recorder import SECRET, Recorder, deliver, order

DOCS = Path(__file__).parents[2] / "docs"
OTHER_SECRET = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXQ="


@pytest.fixture
def port() -> Iterator[int]:
    command = [sys.executable, "-I", str(DOCS / "sample_agent.py")]
    environment = {"PATH": os.environ["PATH"], "MUSTER_AGENT_SECRET": SECRET}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout
        said = re.search(r":(\d+)/", program.stdout.readline())
        assert said
        yield int(said[1])
        program.terminate()


def test_the_sample_answers_the_challenge_and_refuses_a_wrong_signature(port: int):
    status, reply = deliver(port, "agent.verify", {"agent_id": "agt_1", "challenge": "abc"})
    assert (status, reply["challenge"], reply["agent"]["skills"]) == (200, "abc", ["counting"])
    challenge = {"agent_id": "agt_1", "challenge": "abc"}
    assert deliver(port, "agent.verify", challenge, secret=OTHER_SECRET)[0] == 401
    old = datetime.now(UTC) - timedelta(minutes=6)
    assert deliver(port, "agent.verify", challenge, at=old)[0] == 401


def test_the_sample_finishes_a_card_with_a_file(port: int, recorder: Recorder):
    data = order(recorder, "Count these four words")
    assert deliver(port, "card.assigned", data) == (202, {"status": "accepted"})
    recorder.until(lambda r: r.completions)
    assert recorder.text("answer.md") == "The card has 4 words.\n"
    assert recorder.claims()["card.words"]["value"] == 4
    assert recorder.events[0]["data"] == {"percent": 50, "step": "Counting words"}
    assert deliver(port, "card.assigned", data)[0] == 409
    assert len(recorder.completions) == 1


def test_the_sample_waits_while_the_workspace_is_busy(port: int, recorder: Recorder):
    recorder.busy_for = 2
    deliver(port, "card.assigned", order(recorder, "Count these four words"))
    recorder.until(lambda r: r.completions)
    assert (recorder.busy_for, len(recorder.completions)) == (0, 1)


def test_the_sample_stops_when_its_run_is_cancelled(port: int, recorder: Recorder):
    recorder.busy_for = 1000
    deliver(port, "card.assigned", order(recorder, "Count these four words"))
    recorder.until(lambda r: r.asked)
    deliver(port, "card.cancelled", {"run_id": "run_1", "card_id": "card_1", "reason": "user"})
    time.sleep(1.5)  # it may be waiting for its turn
    asked, recorder.busy_for = recorder.asked, 0
    time.sleep(1.5)
    assert recorder.asked == asked
    assert (recorder.completions, recorder.failures) == ([], [])


def test_the_sample_says_what_it_cannot_do(port: int, recorder: Recorder):
    lacking = order(recorder, "Count", run_id="run_1")
    lacking["card"]["description_md"] = "Count the words of the letter that is attached."
    deliver(port, "card.assigned", lacking)
    recorder.until(lambda r: len(r.failures) == 1)
    changes = order(recorder, "Count", run_id="run_2")
    changes["run"]["round"] = 2
    deliver(port, "card.assigned", changes)
    recorder.until(lambda r: len(r.failures) == 2)
    assert recorder.completions == []


def test_the_sample_uses_the_standard_library_alone_and_stays_small():
    source = (DOCS / "sample_agent.py").read_text()
    imported = re.findall(r"^(?:import|from) (.+?)(?: import .*)?(?:  #.*)?$", source, re.M)
    names = {name.strip().split(".")[0] for line in imported for name in line.split(",")}
    assert names <= sys.stdlib_module_names
    assert len([line for line in source.split("\n") if line.strip()]) <= 80


def test_every_callback_of_the_page_is_one_the_workspace_reads(recorder: Recorder):
    """The JSON bodies of the page's curl examples pass the doors' own readers."""
    page = (DOCS / "bring-your-agent.md").read_text()
    tried = re.findall(r"\$BASE(/\w+) -d '(\{.*?\})'\n", page, re.S)
    assert {path for path, _ in tried} == {
        "/events",
        "/heartbeat",
        "/checkpoint",
        "/questions",
        "/complete",
        "/fail",
    }
    for path, body in tried:
        assert recorder.take(path, json.loads(body))[0] in (200, 201)


def test_the_test_vector_of_the_contract_is_signed_alike():
    signature = signature_of(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
