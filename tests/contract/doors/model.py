"""A scripted model whose answers follow the card's first word. Only the model is scripted: the
loop, its tools and everything they change are the product's own."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.contract.driver import ARGV, LIMITS
from tests.fakes.tool_model import (
    MODEL,
    Body,
    Says,
    ToolModel,
    answers,
    calls,
    first_word,
    order_of,
    turns,
)
from tests.journeys.installation import Api, Installation

KEY = "sk-contract"


def hands_in(text: str, **more: float) -> Says:
    return calls(
        ("write_file", {"name": "answer.md", "content": text}),
        ("add_claim", {"id": "c1", "subject": "contract.kept", "value": "yes",
                       "text": "The contract is kept"}),
        ("add_source", {"file": "answer.md", "lines": "1", "supports": ["c1"]}),
        ("submit", {"summary": "Done."}),
        **more,
    )  # fmt: skip


def deliver(body: Body) -> Says:
    return hands_in("# The answer\n\nThis was asked for.")


def accept(body: Body) -> Says:
    return hands_in("Two seconds later.", waits_s=2.0)


def progress(body: Body) -> Says:
    done = turns(body)
    if done < 3:
        note = ("Read", "Think", "Write")[done]
        return calls(("report_progress", {"percent": 30 * (done + 1), "note": note}))
    return hands_in("In three steps.")


def question(body: Body) -> Says:
    if not answers(body):
        return calls(("ask_person", {"question": "Which region?", "choices": ["EU", "US"]}))
    return hands_in(f"For {answers(body)[-1]}.")


def permission(body: Body) -> Says:
    if not answers(body):
        return calls(("request_approval", {"title": "Run a command", "argv": ARGV,
                                           "reason": "To see whether it may."}))  # fmt: skip
    return hands_in(answers(body)[-1])


def cancel(body: Body) -> Says:
    note = {"percent": min(turns(body), 99), "note": f"Still at it, {turns(body)}"}
    return calls(("report_progress", note), waits_s=0.4)


def revise(body: Body) -> Says:
    asked = re.search(r"## The reviewer asked for changes\n(.+)", order_of(body))
    return hands_in(f"With what was asked: {asked[1]}" if asked else "draft")


SAYS: dict[str, Callable[[Body], Says]] = {
    "deliver": deliver,
    "accept": accept,
    "progress": progress,
    "question": question,
    "permission": permission,
    "decline": lambda body: calls(("decline", {"reason": "Not my kind of work"})),
    "fail": lambda body: calls(("give_up", {"reason": "cannot"})),
    "cancel": cancel,
    "revise": revise,
    "silent": lambda body: calls(("report_progress", {"note": "After all"}), waits_s=14.0),
    "late": lambda body: hands_in("Too late.", waits_s=14.0),
}


def by_first_word(body: Body) -> Says:
    return SAYS.get(first_word(body), deliver)(body)


class Driver:
    door = "model"

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        self.model = ToolModel(by_first_word, key=KEY)
        agent = api.post(
            "/agents",
            {"name": "Scripted model", "door": "model", "url": self.model.base_url,
             "key": KEY, "model": MODEL, "skills": ["odd jobs"], **LIMITS},
        )  # fmt: skip
        verified = api.post(f"/agents/{agent['id']}/verify")
        assert verified["status"] == "verified", verified
        api.post(f"/rooms/{room_id}/agents", {"agent_id": agent["id"]})
        return str(agent["id"])

    def stop(self) -> None:
        self.model.stop()
