"""The page has words for every check there is."""

from agents.pilot.referee.checks import ALWAYS, CHECKS
from workspace.shown.pilots import CHECKS as WORDS


def test_every_check_of_the_referee_has_words_on_the_page():
    assert set(WORDS) == set(CHECKS) | set(ALWAYS)
