"""The client against real servers."""

import asyncio
import gzip
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from agents.egress import EgressPolicy, EgressRefused, Outbound, fetch, fetch_async
from agents.egress.client import Egress
from tests.egress.wire import answer, saying, serving

LOOPBACK = EgressPolicy.allowing(["127.0.0.0/8"])


def code_of(request, policy=LOOPBACK):
    with pytest.raises(EgressRefused) as refused:
        fetch(request, policy=policy)
    return refused.value.code


def fetch_with(resolve, request, policy=LOOPBACK, tls=None):
    async def go():
        egress = Egress(resolve=resolve, tls=tls)
        try:
            return await egress.fetch(request, policy=policy)
        finally:
            await egress.close()

    return asyncio.run(go())


def test_the_body_arrives_as_sent_and_the_answer_is_whole():
    with serving(saying(answer(b'{"status":"accepted"}', "202 Accepted", "X-A: 1", "X-A: 2"))) as w:
        got = fetch(
            Outbound("POST", w.url(), headers={"X-Test": "yes"}, body=b'{"a": 1}'), policy=LOOPBACK
        )
    assert (got.status, got.body) == (202, b'{"status":"accepted"}')
    assert got.headers["x-a"] == "1"
    head, _, body = w.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    assert b"X-Test: yes" in head
    assert b"Accept-Encoding: identity" in head
    assert b"User-Agent: Muster/1" in head


def test_loopback_is_refused_unless_the_operator_allows_it():
    with serving(saying(answer())) as wire:
        assert code_of(Outbound("GET", wire.url()), EgressPolicy()) in {"private_address", "scheme"}
        assert code_of(Outbound("GET", wire.url("localhost")), EgressPolicy()) == "private_address"
        assert wire.connections == 0
        assert fetch(Outbound("GET", wire.url()), policy=LOOPBACK).status == 200


def test_the_async_way_gives_the_same_answer():
    with serving(saying(answer(b"same"))) as wire:
        got = asyncio.run(fetch_async(Outbound("GET", wire.url()), policy=LOOPBACK))
    assert got.body == b"same"


def test_a_redirect_is_not_followed():
    with serving(saying(answer(b"secret"))) as inner:
        move = answer(b"", "302 Found", f"Location: {inner.url()}")
        with serving(saying(move)) as outer:
            assert code_of(Outbound("POST", outer.url(), body=b"{}")) == "redirect"
    assert inner.connections == 0


def test_a_server_that_sends_a_byte_at_a_time_cannot_outlast_the_deadline():
    def drip(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with suppress(OSError):
            for _ in range(1000):
                connection.sendall(b"x")
                time.sleep(0.05)

    with serving(drip) as wire:
        assert code_of(Outbound("GET", wire.url(), deadline=0.5)) == "deadline"


def test_headers_that_never_end_cannot_outlast_the_deadline():
    def drip(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with suppress(OSError):
            for number in range(1000):
                connection.sendall(b"X-%d: y\r\n" % number)
                time.sleep(0.05)

    with serving(drip) as wire:
        assert code_of(Outbound("GET", wire.url(), deadline=0.5)) == "deadline"


def test_a_server_that_accepts_and_says_nothing_meets_the_deadline():
    finished = threading.Event()
    with serving(lambda connection, request: finished.wait(10)) as wire:
        assert code_of(Outbound("GET", wire.url(), deadline=0.3)) == "deadline"
        finished.set()


def test_a_gzip_bomb_is_refused_without_being_opened():
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(saying(answer(bomb, "200 OK", "Content-Encoding: gzip"))) as wire:
        assert code_of(Outbound("GET", wire.url())) == "encoding"


def test_an_announced_oversized_body_is_refused():
    with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx")) as wire:
        assert code_of(Outbound("GET", wire.url())) == "too_large"


def test_an_unannounced_oversized_body_is_cut_off():
    sent = []

    def flood(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        with suppress(OSError):
            for _ in range(2000):
                connection.sendall(b"x" * 65536)
                sent.append(65536)

    with serving(flood) as wire:
        assert code_of(Outbound("GET", wire.url(), max_bytes=100_000)) == "too_large"
    assert sum(sent) < 50_000_000


def test_chunked_floods_are_cut_off_as_well():
    def flood(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            for _ in range(2000):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with serving(flood) as wire:
        assert code_of(Outbound("GET", wire.url(), max_bytes=100_000)) == "too_large"


def test_more_than_a_hundred_headers_are_refused():
    many = [f"X-{number}: y" for number in range(101)]
    with serving(saying(answer(b"", "200 OK", *many))) as wire:
        assert code_of(Outbound("GET", wire.url())) == "bad_response"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_an_answer_that_is_not_http_is_refused(data):
    with serving(saying(data)) as wire:
        code = code_of(Outbound("GET", wire.url(), deadline=3))
    assert code in {"bad_response", "connection_failed"}


def test_nobody_listening_is_a_failed_connection():
    with serving(saying(answer())) as wire:
        pass
    assert code_of(Outbound("GET", wire.url())) == "connection_failed"


def test_a_name_nobody_knows_is_unresolvable():
    assert code_of(Outbound("GET", "http://nobody.invalid/"), LOOPBACK) == "unresolvable"


def test_a_name_that_changes_its_answer_is_asked_once_and_stays_pinned():
    asked = []

    async def rebinding(host):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with serving(saying(answer(b"first"))) as wire:
        got = fetch_with(rebinding, Outbound("GET", wire.url("agent.example")))
    assert got.body == b"first"
    assert asked == ["agent.example"]
    assert b"Host: agent.example" in wire.requests[0]


def test_a_name_that_turns_private_is_refused_at_the_next_send():
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def rebinding(host):
        return next(answers)

    async def twice(url):
        egress = Egress(resolve=rebinding)
        try:
            first = await egress.fetch(Outbound("GET", url), policy=LOOPBACK)
            with pytest.raises(EgressRefused) as refused:
                await egress.fetch(Outbound("GET", url), policy=LOOPBACK)
            return first, refused.value.code
        finally:
            await egress.close()

    with serving(saying(answer())) as wire:
        first, code = asyncio.run(twice(wire.url("agent.example")))
        assert (first.status, code) == (200, "private_address")
        assert wire.connections == 1


def test_two_requests_at_once_keep_their_own_addresses():
    async def by_name(host):
        return {"one.example": ["127.0.0.1"], "two.example": ["127.0.0.1"]}[host]

    async def both(one, two):
        egress = Egress(resolve=by_name)
        try:
            return await asyncio.gather(
                egress.fetch(Outbound("GET", one), policy=LOOPBACK),
                egress.fetch(Outbound("GET", two), policy=LOOPBACK),
            )
        finally:
            await egress.close()

    with serving(saying(answer(b"1"))) as one, serving(saying(answer(b"2"))) as two:
        got = asyncio.run(both(one.url("one.example"), two.url("two.example")))
    assert [part.body for part in got] == [b"1", b"2"]


def test_a_lookup_that_hangs_meets_the_deadline():
    async def forever(host):
        await asyncio.sleep(60)
        return []

    with pytest.raises(EgressRefused) as refused:
        fetch_with(forever, Outbound("GET", "https://agent.example/", deadline=0.2))
    assert refused.value.code == "deadline"


def test_a_proxy_named_in_the_environment_is_ignored(monkeypatch):
    with serving(saying(answer(b"proxy"))) as proxy, serving(saying(answer(b"agent"))) as agent:
        monkeypatch.setenv("HTTP_PROXY", proxy.url(path=""))
        monkeypatch.setenv("http_proxy", proxy.url(path=""))
        assert fetch(Outbound("GET", agent.url()), policy=LOOPBACK).body == b"agent"
        assert proxy.connections == 0


def test_cookies_are_not_kept_between_requests():
    with serving(saying(answer(b"", "200 OK", "Set-Cookie: a=b"))) as wire:
        fetch(Outbound("GET", wire.url()), policy=LOOPBACK)
        fetch(Outbound("GET", wire.url()), policy=LOOPBACK)
    assert b"Cookie" not in wire.requests[1]


def test_credentials_do_not_show_in_the_text_of_a_request():
    request = Outbound("POST", "https://agent.example/", headers={"A": "s3cret"}, body=b"s3cret")
    assert "s3cret" not in repr(request)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for agent.example."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "agent.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("agent.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "agent.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


def test_the_pinned_connection_keeps_the_name_for_tls(certificate):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    names = []
    server.sni_callback = lambda sock, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))

    async def here(host):
        return ["127.0.0.1"]

    with serving(
        saying(answer(b"tls")), wrap=lambda raw: server.wrap_socket(raw, server_side=True)
    ) as wire:
        url = wire.url("agent.example", scheme="https")
        assert fetch_with(here, Outbound("GET", url), tls=trusting).body == b"tls"
        assert names == ["agent.example"]
        with pytest.raises(EgressRefused) as refused:
            fetch_with(
                here, Outbound("GET", wire.url("other.example", scheme="https")), tls=trusting
            )
        assert refused.value.code == "tls"
        with pytest.raises(EgressRefused) as refused:
            fetch_with(here, Outbound("GET", url))
        assert refused.value.code == "tls"
