"""Tracer: facts of the code; also the dependency table, and facts of the docs."""

from agents.demo.codefacts import extract_code_facts
from agents.demo.dependencies import list_dependencies
from agents.demo.docfacts import extract_doc_facts
from agents.demo.program import main
from agents.demo.roster import agent_named

if __name__ == "__main__":
    main(
        agent_named("Tracer"),
        {
            "code": extract_code_facts,
            "dependencies": list_dependencies,
            "docs": extract_doc_facts,
        },
    )
