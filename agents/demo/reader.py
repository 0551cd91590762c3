"""Reader: facts of the docs; reports and notes from accepted inputs."""

from agents.demo.docfacts import extract_doc_facts
from agents.demo.notes import write_what_is_asked
from agents.demo.program import main
from agents.demo.roster import agent_named

if __name__ == "__main__":
    main(
        agent_named("Reader"),
        {
            "docs": extract_doc_facts,
            "writing": write_what_is_asked,
        },
    )
