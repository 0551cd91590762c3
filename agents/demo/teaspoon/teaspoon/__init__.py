"""Fetch small amounts over HTTP, with a timeout, retries and a cache."""

from teaspoon.cache import Cache
from teaspoon.client import Client, Page
from teaspoon.retry import Retry, TemporaryFailure

__all__ = ["Cache", "Client", "Page", "Retry", "TemporaryFailure"]
__version__ = "1.4.0"
