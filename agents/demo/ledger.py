"""Ledger: the dependency table; also facts of the code, and writing."""

from agents.demo.codefacts import extract_code_facts
from agents.demo.dependencies import list_dependencies
from agents.demo.notes import write_what_is_asked
from agents.demo.program import main
from agents.demo.roster import agent_named

if __name__ == "__main__":
    main(
        agent_named("Ledger"),
        {
            "dependencies": list_dependencies,
            "code": extract_code_facts,
            "writing": write_what_is_asked,
        },
    )
