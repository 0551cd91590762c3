"""Answers that are read as they come."""

import asyncio
import time

import pytest

from agents.egress import EgressPolicy, EgressRefused, Outbound, spawn
from agents.egress.client import Egress
from tests.egress.wire import answer, saying, serving

HERE = EgressPolicy.allowing(["127.0.0.0/8"])
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def read(url, *, policy=HERE, quiet=5.0, **facts):
    """Every chunk of the answer, and what ended it."""

    async def work(egress: Egress):
        got = []
        try:
            async with egress.stream(
                Outbound("GET", url, **facts), policy=policy, quiet=quiet
            ) as streamed:
                async for each in streamed.chunks:  # one by one: what came before an error counts
                    got += [(time.monotonic(), each)]
        except EgressRefused as refused:
            return got, refused.code
        return got, None

    return spawn(work).result(timeout=20)


def test_what_has_come_is_handed_over_before_the_rest_is_sent():
    def talk(connection, request):
        connection.sendall(HEAD + chunk(b"one"))
        time.sleep(0.5)
        connection.sendall(chunk(b"two") + chunk(b""))

    with serving(talk) as wire:
        got, ended = read(wire.url())
    assert (b"".join(data for _, data in got), ended) == (b"onetwo", None)
    assert got[1][0] - got[0][0] > 0.3


def test_a_stream_that_is_cut_is_no_complete_answer():
    with serving(saying(HEAD + chunk(b"half"))) as wire:
        got, ended = read(wire.url())
    assert [data for _, data in got] == [b"half"]
    assert ended == "bad_response"


def test_silence_within_a_stream_ends_it():
    def talk(connection, request):
        connection.sendall(HEAD + chunk(b"x"))
        time.sleep(3)

    with serving(talk) as wire:
        got, ended = read(wire.url(), quiet=0.3)
    assert (len(got), ended) == (1, "quiet")


def test_a_drip_does_not_outlast_the_deadline():
    def talk(connection, request):
        connection.sendall(HEAD)
        for _ in range(100):
            connection.sendall(chunk(b"."))
            time.sleep(0.1)

    with serving(talk) as wire:
        started = time.monotonic()
        got, ended = read(wire.url(), deadline=0.6)
        assert time.monotonic() - started < 3
    assert got
    assert ended == "deadline"


def test_more_than_its_share_is_not_read():
    def talk(connection, request):
        connection.sendall(HEAD)
        for _ in range(100):
            connection.sendall(chunk(b"x" * 1000))

    with serving(talk) as wire:
        got, ended = read(wire.url(), max_bytes=5000)
    assert sum(len(data) for _, data in got) <= 5000
    assert ended == "too_large"


def test_redirects_and_private_addresses_are_refused_before_anything_is_read():
    with serving(saying(answer(b"", "302 Found", "Location: http://127.0.0.1/"))) as wire:
        assert read(wire.url()) == ([], "redirect")
        assert read(wire.url(), policy=EgressPolicy.allowing([])) == ([], "private_address")


def test_an_error_of_the_reader_is_its_own():
    async def work(egress: Egress):
        async with egress.stream(Outbound("GET", url), policy=HERE) as streamed:
            async for _ in streamed.chunks:
                raise ValueError("mine")

    with serving(saying(answer(b"hello"))) as wire:
        url = wire.url()
        with pytest.raises(ValueError, match="mine"):
            spawn(work).result(timeout=10)


def test_leaving_early_closes_the_connection():
    ended = []

    def talk(connection, request):
        connection.sendall(HEAD + chunk(b"x"))
        connection.settimeout(5)
        ended.append(connection.recv(10))

    async def work(egress: Egress):
        async with egress.stream(Outbound("GET", url), policy=HERE) as streamed:
            return await anext(streamed.chunks)

    with serving(talk) as wire:
        url = wire.url()
        assert spawn(work).result(timeout=10) == b"x"
        asyncio.run(asyncio.sleep(0.3))
        assert ended == [b""]
