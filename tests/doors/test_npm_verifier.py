"""What Muster signs, checked by the verifier that agents written in JavaScript use."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from agents.doors.webhook.sign import signed_headers, wrongly_signed_headers
from tests.foreign import node_with

SECRET = "whsec_" + "c2VjcmV0" * 6
OTHER = "whsec_" + "QUJD" * 10
BODY = '{"type":"card.assigned","data":{"title":"Größe – 尺寸 ✓"}}'.encode()
VERIFY = """
const { Webhook } = require("standardwebhooks");
const { secret, body, headers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {
  const read = new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ verified: true, read }));
} catch (error) {
  console.log(JSON.stringify({ verified: false, why: error.message }));
}
"""


@pytest.fixture(scope="module")
def folder():
    return node_with("standardwebhooks@1")


def verified(folder, headers, *, secret=SECRET, body=BODY):
    said = json.dumps({"secret": secret, "body": body.decode(), "headers": headers})
    done = subprocess.run(
        [shutil.which("node"), "-e", VERIFY], input=said, capture_output=True, text=True,
        cwd=folder, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def signed(*secrets, at=None):
    return signed_headers(secrets, webhook_id="evt_1", at=at or datetime.now(UTC), body=BODY)


def test_it_verifies_what_we_sign_and_reads_the_same(folder):
    found = verified(folder, signed(SECRET))
    assert found == {"verified": True, "read": json.loads(BODY)}


def test_it_verifies_with_either_secret_while_one_replaces_the_other(folder):
    headers = signed(OTHER, SECRET)
    assert verified(folder, headers)["verified"]
    assert verified(folder, headers, secret=OTHER)["verified"]


def test_it_refuses_a_wrong_signature_an_old_time_and_a_changed_body(folder):
    wrong = wrongly_signed_headers(webhook_id="evt_1", at=datetime.now(UTC), body=BODY)
    old = signed(SECRET, at=datetime.now(UTC) - timedelta(minutes=6))
    assert not verified(folder, wrong)["verified"]
    assert not verified(folder, old)["verified"]
    assert not verified(folder, signed(SECRET), body=BODY + b" ")["verified"]
