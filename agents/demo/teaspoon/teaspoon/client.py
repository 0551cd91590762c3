"""One call to fetch a page."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from teaspoon.cache import Cache
from teaspoon.retry import Retry, TemporaryFailure

try:
    import certifi
except ImportError:  # without it, the certificates of the system are trusted
    certifi = None
try:
    import charset_normalizer
except ImportError:  # without it, text that names no encoding is read as UTF-8
    charset_normalizer = None
try:
    import idna
except ImportError:  # without it, the older encoding built into Python is used
    idna = None

DEFAULT_TIMEOUT = 10  # seconds
DEFAULT_MAX_BYTES = 1_000_000  # bytes
WORTH_ANOTHER_TRY = frozenset({502, 503, 504})


class TooLarge(Exception):
    """The page is larger than the client was told to read."""


@dataclass(frozen=True)
class Page:
    """What a server answered."""

    url: str
    status: int
    body: bytes
    encoding: str | None = None

    @property
    def text(self) -> str:
        """The body as text, by the encoding the server named or the most likely one."""
        if self.encoding:
            return self.body.decode(self.encoding, errors="replace")
        if charset_normalizer is not None:
            return str(charset_normalizer.from_bytes(self.body).best() or "")
        return self.body.decode("utf-8", errors="replace")


def ascii_url(url: str) -> str:
    """Return the URL with its host name in the letters the network knows."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.isascii():
        return url
    encoded = (idna.encode(host) if idna else host.encode("idna")).decode("ascii")
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(host, encoded)))


def open_url(url: str, timeout: float, max_bytes: int) -> Page:
    """Fetch the page once; raise TemporaryFailure when another try may help."""
    trusted = ssl.create_default_context(cafile=certifi.where() if certifi else None)
    try:
        with urllib.request.urlopen(url, timeout=timeout, context=trusted) as answer:
            body = answer.read(max_bytes + 1)
            return Page(url, answer.status, body, answer.headers.get_content_charset())
    except urllib.error.HTTPError as error:
        return Page(url, error.code, error.read(max_bytes))
    except OSError as error:
        raise TemporaryFailure(str(error)) from error


class Client:
    """Fetches pages, tries again where it helps, and keeps what it fetched for a while."""

    def __init__(
        self,
        timeout: float = DEFAULT_TIMEOUT,
        max_bytes: int = DEFAULT_MAX_BYTES,
        retry: Retry | None = None,
        cache: Cache[Page] | None = None,
        opener: Callable[[str, float, int], Page] = open_url,
    ) -> None:
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.retry = retry or Retry()
        self.cache = Cache() if cache is None else cache
        self._open = opener

    def get(self, url: str) -> Page:
        """Return the page, from the cache if it is young enough."""
        url = ascii_url(url)
        kept = self.cache.get(url)
        if kept is not None:
            return kept
        page = self.retry.call(lambda: self._once(url))
        if page.status == 200:
            self.cache.put(url, page)
        return page

    def _once(self, url: str) -> Page:
        page = self._open(url, self.timeout, self.max_bytes)
        if page.status in WORTH_ANOTHER_TRY:
            raise TemporaryFailure(f"the server answered {page.status}")
        if len(page.body) > self.max_bytes:
            raise TooLarge(f"{url} is larger than {self.max_bytes} bytes")
        return page
