"""pydantic-ai behind fasta2a, as its own documents show it, run by an interpreter of its own.

    python fasta.py PORT

The model is the framework's TestModel, which says the same to everything.
"""

import sys

import uvicorn
from fasta2a.pydantic_ai import agent_to_a2a
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

port = int(sys.argv[1])
text = "Easy to review is what is small.\nIt is named.\nIt is tested.\nIt says why.\n"
app = agent_to_a2a(
    Agent(TestModel(custom_output_text=text)), name="Pydantic", url=f"http://127.0.0.1:{port}"
)
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
