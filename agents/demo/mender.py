"""Mender: asks which value is meant and patches, with too broad a brush at first; can also test."""

from agents.demo.patching import patch_carelessly
from agents.demo.program import main
from agents.demo.roster import agent_named
from agents.demo.testruns import report_tests

if __name__ == "__main__":
    main(
        agent_named("Mender"),
        {
            "patching": patch_carelessly,
            "testing": report_tests,
        },
    )
