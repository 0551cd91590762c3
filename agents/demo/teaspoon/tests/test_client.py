import unittest

from teaspoon import Cache, Client, Page, Retry, TemporaryFailure
from teaspoon.client import TooLarge, ascii_url


class Server:
    """Stands for the network: answers with the given pages, one a call."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def __call__(self, url, timeout, max_bytes):
        self.calls.append((url, timeout, max_bytes))
        status, body = self.answers.pop(0)
        return Page(url, status, body, "utf-8")


def client_of(server, **settings):
    return Client(opener=server, retry=Retry(sleep=lambda seconds: None), **settings)


class ClientTests(unittest.TestCase):
    url = "https://example.org/prices.txt"

    def test_a_page_is_fetched_with_its_text(self):
        page = client_of(Server((200, "1,20 €".encode()))).get(self.url)
        self.assertEqual((page.status, page.text), (200, "1,20 €"))

    def test_the_timeout_given_is_the_timeout_used(self):
        server = Server((200, b"x"))
        client_of(server, timeout=3).get(self.url)
        self.assertEqual(server.calls[0][1], 3)

    def test_a_page_asked_for_twice_is_fetched_once(self):
        server = Server((200, b"x"))
        client = client_of(server)
        self.assertIs(client.get(self.url), client.get(self.url))
        self.assertEqual(len(server.calls), 1)

    def test_a_missing_page_is_handed_back_and_not_kept(self):
        server = Server((404, b"no"), (200, b"yes"))
        client = client_of(server)
        self.assertEqual(client.get(self.url).status, 404)
        self.assertEqual(client.get(self.url).status, 200)

    def test_a_busy_server_is_asked_again(self):
        server = Server((503, b""), (200, b"x"))
        self.assertEqual(client_of(server).get(self.url).body, b"x")

    def test_a_server_that_stays_busy_ends_in_a_failure(self):
        server = Server((503, b""), (503, b""), (503, b""))
        with self.assertRaises(TemporaryFailure):
            client_of(server).get(self.url)

    def test_a_page_that_is_too_large_is_refused(self):
        with self.assertRaises(TooLarge):
            client_of(Server((200, b"12345")), max_bytes=4).get(self.url)

    def test_clients_can_share_a_cache(self):
        cache = Cache()
        client_of(Server((200, b"x")), cache=cache).get(self.url)
        self.assertEqual(client_of(Server(), cache=cache).get(self.url).body, b"x")

    def test_a_host_name_outside_ascii_is_encoded(self):
        self.assertEqual(ascii_url("https://löffel.example/a"), "https://xn--lffel-jua.example/a")

    def test_a_plain_url_is_left_as_it_is(self):
        self.assertEqual(ascii_url(self.url), self.url)
