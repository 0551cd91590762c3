"""The referee: from what a room's events and the agents' own logs say, how a scenario ended.

It imports nothing of the coordinator, of the agents or of the workspace, so that it cannot be
wrong in the same way as they are. `judge` takes one record, `score` the verdicts of a whole pilot,
`compare` two scorecards.
"""

from agents.pilot.referee.compare import Compared, compare
from agents.pilot.referee.outcome import Outcome, UnknownCheck
from agents.pilot.referee.reading import WrongRecord
from agents.pilot.referee.scorecard import Scorecard, score
from agents.pilot.referee.verdict import Verdict, judge

__all__ = [
    "Compared",
    "Outcome",
    "Scorecard",
    "UnknownCheck",
    "Verdict",
    "WrongRecord",
    "compare",
    "judge",
    "score",
]
