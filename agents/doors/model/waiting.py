"""When a call that brought no reply is made again, and what a run asks people while it waits."""

import shlex

from agents.doors.asks import read_permission, read_question
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json
from agents.doors.model.reading import Trouble
from agents.doors.model.toolbox import Called, Said, explain
from workspace.reports import Exchanged, PermissionWanted, Question

# Seconds before the next try; after the last there is none.
WAITS = (1.0, 4.0, 15.0, 45.0, 120.0)
LONGEST_WAIT = 900.0


def wait_before_next(tries: int, trouble: Trouble, lease: float) -> float | None:
    """Seconds until the call is made again; None if it is not.

    What its endpoint asks for counts, as long as the run can live through it: nobody shows life
    for it meanwhile.
    """
    if not trouble.again or tries > len(WAITS):
        return None
    wait = max(WAITS[tries - 1], trouble.retry_after or 0.0)
    return wait if wait < min(lease, LONGEST_WAIT) else None


def asked_of(call: Exchanged, called: Called) -> Question | PermissionWanted | Said:
    """What a person is asked, by the wall that every door's questions pass; or what is wrong."""
    try:
        if called.tool.name == "ask_person":
            return read_question(Fields(_question(f"x{call.n}", called.given)))
        return read_permission(Fields(_permission(f"x{call.n}", called.given)))
    except Malformed as malformed:
        return explain(malformed)


def _question(ref: str, given: Fields) -> dict[str, Json]:
    choices: list[Json] = list(given.texts("choices", most=20, longest=200))
    answer: dict[str, Json] = {"type": "string"}
    if choices:
        answer["enum"] = choices
    schema: Json = {"type": "object", "properties": {"answer": answer}, "required": ["answer"]}
    return {"id": ref, "message_md": given.text("question", most=4_000), "schema": schema}


def _permission(ref: str, given: Fields) -> dict[str, Json]:
    argv = list(given.texts("argv", most=200, longest=8_000))
    action: dict[str, Json] = {}
    if argv:
        action |= {"argv": list(argv), "command": shlex.join(argv)}
    if url := given.link_or("url", ""):
        action["url"] = url
    kind = "execute" if argv else "network"
    return {"id": ref, "title": given.text("title", most=200), "kind": kind, "action": action,
            "reason_md": given.text("reason", most=4_000)}  # fmt: skip
