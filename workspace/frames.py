"""placeholder until shown.py lands"""
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class FreshBoard:
    seq: int
    content: str
def fresh_board(room_id): return FreshBoard(0, "")
def fresh_home(person_id): return ""
def room_frame(room_id, since): return since, ""
