"""A model's endpoint in two dozen lines: it writes one file and hands it in.

    python model_endpoint.py 9100

It stands for a model and says the same to everything; serve yours instead, such as
`ollama serve`, `llama-server --jinja`, or `vllm serve MODEL --enable-auto-tool-choice`.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILE = {"name": "answer.md", "content": "# Answer\n\nWhat is small is easy to review.\n"}
CALLS = [("write_file", FILE), ("submit", {"summary": "One sentence on what is easy to review."})]


class Endpoint(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer({"object": "list", "data": [{"id": "sample", "object": "model"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        calls = [
            {"id": f"call_{n}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(given)}}
            for n, (name, given) in enumerate(CALLS)
        ]  # fmt: skip
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        self.answer({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})

    def answer(self, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()
