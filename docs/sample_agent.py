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
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["MUSTER_AGENT_SECRET"].removeprefix("whsec_"))
KNOWN = set()  # runs taken; a delivery may come twice


def is_genuine(headers, body):
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    right = b"v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest())
    listed = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(right, one) for one in listed)


def call(order, path, body, content_type="application/json"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "authorization": f"Bearer {order['callback']['token']}",
        "muster-lease": order["run"]["lease_token"],
        "content-type": content_type,
    }
    request = urllib.request.Request(order["callback"]["base_url"] + path, data, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"{}")


def upload(order, name, media_type, content):
    fields = {"name": name, "media_type": media_type, "role": "deliverable"}
    fields["sha256"] = hashlib.sha256(content).hexdigest()
    part = '--cut\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    head = "".join(part.format(*field) for field in fields.items())
    head += f'--cut\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--cut--\r\n"
    return call(order, "/artifacts", body, "multipart/form-data; boundary=cut")["artifact_id"]


def work(order):
    step = {"percent": 50, "step": "Counting words"}
    event = {"id": str(uuid.uuid4()), "seq": 1, "type": "run.progress", "data": step}
    call(order, "/events", {"events": [event]})
    words = len(f"{order['card']['title']} {order['card'].get('description_md', '')}".split())
    artifact = upload(
        order, "answer.md", "text/markdown", f"The card has {words} words.\n".encode()
    )
    claim = {"id": "c1", "subject": "card.words", "value": words}
    source = {"file": "answer.md", "lines": "1", "supports": ["c1"]}
    result = {"summary_md": f"{words} words.", "artifacts": [{"artifact_id": artifact}]}
    call(order, "/complete", result | {"claims": [claim], "sources": [source]})


def reply_to(event):
    data = event["data"]
    if event["type"] == "agent.verify":
        about = {"name": "Counter", "version": "1.0", "protocol": "1", "skills": ["counting"]}
        return 200, {"challenge": data["challenge"], "agent": about}
    if event["type"] == "card.assigned":
        if data["run"]["id"] in KNOWN:
            return 409, {"error": "known_run"}
        KNOWN.add(data["run"]["id"])
        threading.Thread(target=work, args=(data,), daemon=True).start()
        return 202, {"status": "accepted"}
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
