import unittest

from teaspoon import Retry, TemporaryFailure


class Flaky:
    """Fails a given number of times, then answers."""

    def __init__(self, failures):
        self.failures = failures
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise TemporaryFailure(f"failure {self.calls}")
        return "answer"


class RetryTests(unittest.TestCase):
    def setUp(self):
        self.pauses = []
        self.retry = Retry(attempts=3, first_delay=1.0, factor=2.0, sleep=self.pauses.append)

    def test_a_call_that_works_is_made_once(self):
        call = Flaky(failures=0)
        self.assertEqual(self.retry.call(call), "answer")
        self.assertEqual(call.calls, 1)
        self.assertEqual(self.pauses, [])

    def test_a_call_that_fails_once_is_tried_again(self):
        call = Flaky(failures=1)
        self.assertEqual(self.retry.call(call), "answer")
        self.assertEqual(self.pauses, [1.0])

    def test_a_call_that_keeps_failing_is_tried_as_often_as_asked(self):
        call = Flaky(failures=99)
        with self.assertRaises(TemporaryFailure):
            self.retry.call(call)
        self.assertEqual(call.calls, 3)

    def test_an_error_that_will_not_pass_is_not_tried_again(self):
        def broken():
            raise KeyError("gone")

        with self.assertRaises(KeyError):
            self.retry.call(broken)
        self.assertEqual(self.pauses, [])

    def test_the_first_try_has_no_pause(self):
        self.assertEqual(self.retry.pause_before(1), 0.0)

    def test_each_pause_is_longer_than_the_one_before(self):
        pauses = [self.retry.pause_before(attempt) for attempt in (2, 3, 4)]
        self.assertEqual(pauses, [1.0, 2.0, 4.0])

    def test_no_pause_is_longer_than_the_longest(self):
        self.assertEqual(self.retry.pause_before(40), 5.0)
