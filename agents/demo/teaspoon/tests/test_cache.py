import unittest

from teaspoon import Cache


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class CacheTests(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.cache = Cache(max_entries=2, ttl=60, clock=self.clock)

    def test_what_was_put_is_given_back(self):
        self.cache.put("a", 1)
        self.assertEqual(self.cache.get("a"), 1)

    def test_an_unknown_key_gives_nothing(self):
        self.assertIsNone(self.cache.get("a"))

    def test_a_value_is_kept_until_its_time_is_over(self):
        self.cache.put("a", 1)
        self.clock.now += 59.9
        self.assertEqual(self.cache.get("a"), 1)

    def test_a_value_is_forgotten_when_its_time_is_over(self):
        self.cache.put("a", 1)
        self.clock.now += 60
        self.assertIsNone(self.cache.get("a"))
        self.assertEqual(len(self.cache), 0)

    def test_the_value_unused_the_longest_leaves_first(self):
        self.cache.put("a", 1)
        self.cache.put("b", 2)
        self.cache.get("a")
        self.cache.put("c", 3)
        self.assertIsNone(self.cache.get("b"))
        self.assertEqual(self.cache.get("a"), 1)

    def test_putting_a_key_again_replaces_its_value(self):
        self.cache.put("a", 1)
        self.cache.put("a", 2)
        self.assertEqual(self.cache.get("a"), 2)
        self.assertEqual(len(self.cache), 1)

    def test_clearing_forgets_everything(self):
        self.cache.put("a", 1)
        self.cache.clear()
        self.assertEqual(len(self.cache), 0)

    def test_a_cache_for_nothing_is_refused(self):
        with self.assertRaises(ValueError):
            Cache(max_entries=0)
