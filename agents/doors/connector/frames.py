"""The frames of a connector's socket: JSON objects, read once here into typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.doors.callbacks import read_beat, read_events
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import KIB, Json, parse_json
from workspace.commands.connectors import MOST_AGENTS, AgentThere
from workspace.reports import Beat, Credentials, InboundEvent

# Daphne closes a socket at a megabyte; what a connector has to say fits into half of that.
LARGEST_FRAME = 512 * KIB
LONGEST_TOKEN = 200
PROTOCOL = 1
MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: which agents are here, and which runs they are at work on."""

    version: str
    agents: tuple[AgentThere, ...]
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ack:
    """A delivery is on the connector's disk, or why it is not taken."""

    delivery_id: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Events of one run; `batch` is echoed, so that the connector can forget them."""

    run_id: str
    batch: int
    shown: Credentials = field(repr=False)
    events: tuple[InboundEvent, ...]


@dataclass(frozen=True, slots=True)
class Beaten:
    """The program of this run is at work."""

    run_id: str
    shown: Credentials = field(repr=False)
    beat: Beat


@dataclass(frozen=True, slots=True)
class Ping:
    """Is anybody there?"""


Frame = Hello | Ack | Told | Beaten | Ping


class Unreadable(Exception):
    """A frame whose events cannot be taken: its batch is answered, and the run goes on."""

    def __init__(self, run_id: str, batch: int, why: Malformed) -> None:
        super().__init__(str(why))
        self.run_id, self.batch, self.why = run_id, batch, why


def read_frame(text: str) -> Frame:
    """Raises Malformed or JsonRefused for what is no frame, Unreadable for a batch that is none."""
    body = parse_json(text.encode("utf-8", "surrogatepass"), max_bytes=LARGEST_FRAME)
    fields = Fields(body)
    match fields.choice("type", ("hello", "ack", "events", "beat", "ping")):
        case "hello":
            return _hello(fields)
        case "ack":
            return Ack(fields.text("id", most=60), fields.text_or("refused", "", most=60))
        case "events":
            return _told(fields, body)
        case "beat":
            run_id, shown = _of_run(fields)
            return Beaten(run_id, shown, read_beat(body)[0])
        case _:
            return Ping()


def _hello(fields: Fields) -> Hello:
    if fields.whole("protocol", most=1000) != PROTOCOL:
        raise Malformed("/protocol", "unknown_value", allowed=[str(PROTOCOL)])
    agents = fields.items("agents", _agent, most=MOST_AGENTS)
    if len({agent.name for agent in agents}) != len(agents):
        raise Malformed("/agents", "named_twice")
    runs = fields.texts("runs", most=MOST_RUNS, longest=60)
    return Hello(fields.text_or("version", "", most=40), agents, runs)


def _agent(fields: Fields) -> AgentThere:
    return AgentThere(
        name=fields.text("name", most=80),
        skills=fields.texts("skills", most=40, longest=60),
        version=fields.text_or("version", "", most=80),
        max_concurrency=fields.whole_or_none("max_concurrency", least=1, most=64) or 1,
        kind=fields.choice_or("kind", "acp", ("acp", "plain")),
    )


def _of_run(fields: Fields) -> tuple[str, Credentials]:
    token = fields.text("token", most=LONGEST_TOKEN)
    lease = fields.text_or("lease", "", most=LONGEST_TOKEN)
    return fields.text("run", most=60), Credentials(token, lease)


def _told(fields: Fields, body: Json) -> Told:
    run_id, shown = _of_run(fields)
    batch = fields.whole("batch")
    try:
        return Told(run_id, batch, shown, read_events(body))
    except Malformed as why:
        raise Unreadable(run_id, batch, why) from None


def written(kind: str, said: Mapping[str, object]) -> str:
    """A frame of ours."""
    return json.dumps({"type": kind, **said}, ensure_ascii=False, separators=(",", ":"))
