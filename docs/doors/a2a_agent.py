"""An A2A agent in a dozen lines: pydantic-ai behind fasta2a.

    pip install fasta2a "pydantic-ai-slim[openai]" uvicorn
    python a2a_agent.py 9000

TestModel stands for a model here and says the same to everything; name yours instead, such as
Agent("openai:gpt-5").
"""

import sys

import uvicorn
from fasta2a.pydantic_ai import agent_to_a2a
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

port = int(sys.argv[1])
text = "Easy to review is what is small.\nIt is named.\nIt is tested.\nIt says why.\n"
agent = Agent(TestModel(custom_output_text=text))
app = agent_to_a2a(agent, name="Pydantic", url=f"http://127.0.0.1:{port}")
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
