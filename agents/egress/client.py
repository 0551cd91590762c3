"""One request: resolve, check every answer, connect to exactly those, read with a cap."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from agents.egress.addresses import EgressPolicy
from agents.egress.refusals import EgressRefused
from agents.egress.target import Target, check, read_target

Resolve = Callable[[str], Awaitable[list[str]]]

MOST_HEADERS = 100
MIB = 1024 * 1024
# Lookups hang for as long as the system pleases; a few of them must not hold up the rest.
_lookups = ThreadPoolExecutor(max_workers=32, thread_name_prefix="egress-lookup")
_pinned: ContextVar[tuple[str, tuple[str, ...]]] = ContextVar("egress_pinned")


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request to someone else's server. Headers and body may be secret and are not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    deadline: float = 25.0
    connect: float = 5.0
    max_bytes: int = MIB


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, complete. Header names are lower-case; of a repeated one the first counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer whose body is still coming; `chunks` can be read once, inside the block."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class PinnedResolver(AbstractResolver):
    """Answers only with the addresses already checked for the request at hand."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        name, addresses = _pinned.get(("", ()))
        if name != host:
            raise OSError("this name was not checked")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=int(flags)
    )


async def system_resolve(host: str) -> list[str]:
    """Every address the system knows for a name. Raises OSError if it knows none."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _lookups, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


class Egress:
    """The client of one process. Belongs to the event loop that first uses it."""

    def __init__(
        self, *, resolve: Resolve = system_resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        self._resolve = resolve
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, request: Outbound, *, policy: EgressPolicy) -> Answer:
        """Send one request and return the whole answer, whatever its status but a redirect.

        Raises EgressRefused. Resolution, connection and reading share one deadline, so a server
        that sends a byte a second cannot outlast it.
        """
        started = time.monotonic()
        target = read_target(request.url)
        try:
            async with asyncio.timeout(request.deadline):
                await self._pin(target, policy)
                status, headers, body = await self._talk(request, target)
        except TimeoutError:
            raise EgressRefused("deadline", {"seconds": int(request.deadline)}) from None
        elapsed = int((time.monotonic() - started) * 1000)
        return Answer(status=status, headers=headers, body=body, elapsed_ms=elapsed)

    @asynccontextmanager
    async def stream(
        self, request: Outbound, *, policy: EgressPolicy, quiet: float = 60.0
    ) -> AsyncIterator[Streamed]:
        """Send one request and hand over the answer as it comes.

        Raises EgressRefused, while chunks are read too: after `quiet` seconds without a byte, past
        the request's deadline or its size, or when the connection is cut before the answer's end.
        """
        target = read_target(request.url)
        ends_at = time.monotonic() + request.deadline
        with _in_time(request):
            async with asyncio.timeout(request.deadline):
                await self._pin(target, policy)
                response = await self._open(request, target, quiet)
        try:
            chunks = _in_turn(response, request, ends_at, target.host)
            yield Streamed(response.status, _head(response), chunks)
        finally:
            response.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _pin(self, target: Target, policy: EgressPolicy) -> None:
        if target.literal is not None:
            addresses = [str(target.literal)]
        else:
            try:
                addresses = await self._resolve(target.host)
            except (OSError, UnicodeError):
                raise EgressRefused("unresolvable", {"host": target.host}) from None
        check(target, addresses, policy)
        _pinned.set((target.host, tuple(addresses)))

    async def _talk(self, request: Outbound, target: Target) -> tuple[int, dict[str, str], bytes]:
        response = await self._open(request, target)
        try:
            headers = _head(response)
            with _in_words(target.host):
                return response.status, headers, await _body(response, request.max_bytes)
        finally:
            response.close()

    async def _open(
        self, request: Outbound, target: Target, quiet: float | None = None
    ) -> aiohttp.ClientResponse:
        """The head of the answer has come; its body is the caller's to read, and to close."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=request.connect, sock_read=quiet)
        with _in_words(target.host):
            return await self._open_session().request(
                request.method,
                target.url,
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
                timeout=timeout,
            )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=PinnedResolver(),
                use_dns_cache=False,
                force_close=True,  # a connection never outlives the check of its address
                limit=500,
                ssl=self._tls or ssl.create_default_context(),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_headers=MOST_HEADERS,
                headers={"User-Agent": "Muster/1", "Accept-Encoding": "identity"},
            )
        return self._session


@contextmanager
def _in_words(host: str) -> Iterator[None]:
    """What the client library raises while talking, as a refusal."""
    try:
        yield
    except aiohttp.SocketTimeoutError:
        raise EgressRefused("quiet", {"host": host}) from None
    except (aiohttp.ClientSSLError, ssl.SSLError):
        raise EgressRefused("tls", {"host": host}) from None
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
        raise EgressRefused("bad_response", {"host": host}) from None
    except (aiohttp.ClientError, OSError):
        raise EgressRefused("connection_failed", {"host": host}) from None
    except ValueError:
        # What a client library says of an answer that is not HTTP at all.
        raise EgressRefused("bad_response", {"host": host}) from None


@contextmanager
def _in_time(request: Outbound) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise EgressRefused("deadline", {"seconds": int(request.deadline)}) from None


def _head(response: aiohttp.ClientResponse) -> dict[str, str]:
    if 300 <= response.status < 400:
        raise EgressRefused("redirect", {"status": response.status})
    if len(response.headers) > MOST_HEADERS:
        raise EgressRefused("bad_response", {"headers": len(response.headers)})
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise EgressRefused("encoding")
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        headers.setdefault(name.lower(), value)
    return headers


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    return b"".join([chunk async for chunk in _chunks(response, most)])


async def _in_turn(
    response: aiohttp.ClientResponse, request: Outbound, ends_at: float, host: str
) -> AsyncIterator[bytes]:
    """The chunks of an answer, each waited for no longer than the whole may last."""
    chunks = _chunks(response, request.max_bytes)
    while True:
        with _in_time(request):
            async with asyncio.timeout(max(0.0, ends_at - time.monotonic())):
                with _in_words(host):
                    chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk


async def _chunks(response: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
    """The raw bytes as they come; refused as soon as they are, or will be, more than `most`."""
    if (response.content_length or 0) > most:
        raise EgressRefused("too_large", {"limit": most})
    seen = 0
    async for chunk in response.content.iter_any():
        seen += len(chunk)
        if seen > most:
            raise EgressRefused("too_large", {"limit": most})
        yield chunk
