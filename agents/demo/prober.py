"""Prober: runs the tests; can also patch, and then changes only what a fix needs."""

from agents.demo.patching import patch_exactly
from agents.demo.program import main
from agents.demo.roster import agent_named
from agents.demo.testruns import report_tests

if __name__ == "__main__":
    main(
        agent_named("Prober"),
        {
            "testing": report_tests,
            "patching": patch_exactly,
        },
    )
