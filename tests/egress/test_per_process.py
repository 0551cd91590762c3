"""One of something a process, also where a process is forked while somebody makes one."""

from __future__ import annotations

import os
import signal

from agents.per_process import PerProcess


def test_it_is_made_once_and_only_when_it_is_asked_for():
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    one = PerProcess(make)
    assert one.if_made() is None
    assert made == []
    assert one.get() is one.get() is one.if_made()
    assert len(made) == 1


def test_a_forked_process_makes_its_own_although_the_lock_was_held():
    one = PerProcess(object)
    theirs = one.get()
    with one._lock:
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # a lock that stayed locked would be waited for without end
            is_own = one.if_made() is None and one.get() is not theirs
            os._exit(0 if is_own else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert one.get() is theirs
