"""A whole agent on the standard library: it counts the words of each card it is given.

Start it with MUSTER_AGENT_SECRET=whsec_… python sample_agent.py [port]
"""
# ruff: noqa: S310, T201

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["MUSTER_AGENT_SECRET"].removeprefix("whsec_"))
KNOWN = {}  # runs taken; a delivery may come twice
STOPPED = set()  # runs that were cancelled


def is_genuine(headers, body):
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    right = b"v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest())
    listed = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(right, one) for one in listed)


def call(order, path, body):
    token, lease = order["callback"]["token"], order["run"]["lease_token"]
    headers = {"authorization": f"Bearer {token}", "muster-lease": lease}
    headers["content-type"] = "application/json"
    url, data = order["callback"]["base_url"] + path, json.dumps(body).encode()
    while order["run"]["id"] not in STOPPED:
        try:
            urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20).close()
            return
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise  # such as 409: the run is over
            time.sleep(float(error.headers.get("retry-after") or 1))


def work(order):
    text = f"{order['card']['title']} {order['card'].get('description_md', '')}"
    if "attached" in text or order["run"]["round"] > 1:
        why = "I count the words of a card: I can read nothing attached, and change nothing."
        call(order, "/fail", {"error": {"code": "cannot", "message": why, "retryable": False}})
        return
    step = {"percent": 50, "step": "Counting words"}
    event = {"id": str(uuid.uuid4()), "seq": 1, "type": "run.progress", "data": step}
    call(order, "/events", {"events": [event]})
    words = len(text.split())
    file = {"name": "answer.md", "media_type": "text/markdown"}
    file["content"] = f"The card has {words} words.\n"
    claim = {"id": "c1", "subject": "card.words", "value": words}
    source = {"file": "answer.md", "lines": "1", "supports": ["c1"]}
    result = {"summary_md": f"{words} words.", "artifacts": [file]}
    call(order, "/complete", result | {"claims": [claim], "sources": [source]})


def reply_to(event):
    data = event["data"]
    if event["type"] == "agent.verify":
        about = {"name": "Counter", "version": "1.0", "protocol": "1", "skills": ["counting"]}
        return 200, {"challenge": data["challenge"], "agent": about}
    if event["type"] == "card.assigned":
        if KNOWN.setdefault(data["run"]["id"], data) is not data:
            return 409, {"error": "known_run"}
        threading.Thread(target=work, args=(data,), daemon=True).start()
        return 202, {"status": "accepted"}
    if event["type"] == "card.cancelled":
        STOPPED.add(data["run_id"])
    return 200, {"status": "ok"}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        genuine = is_genuine(self.headers, body)
        status, reply = reply_to(json.loads(body)) if genuine else (401, {"error": "signature"})
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(reply).encode())


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0), Handler)
print(f"Listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
server.serve_forever()
