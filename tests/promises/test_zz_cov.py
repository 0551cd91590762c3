import pytest
from collections import Counter
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.promises import machine
from tests.promises.watching import Watcher
from workspace.errors import Refused
seen=Counter(); ref=Counter()
orig=Watcher.look
def look(self, now):
    r=orig(self, now); seen.update(r); return r
init=Refused.__init__
def rinit(self, code, **kw):
    ref[code]+=1; init(self, code, **kw)
@pytest.mark.django_db
def test_x(monkeypatch):
    monkeypatch.setattr(Watcher,"look",look); monkeypatch.setattr(Refused,"__init__",rinit)
    run_state_machine_as_test(machine.Commands, settings=settings(max_examples=30, stateful_step_count=50, derandomize=True, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)))
    print(seen); print(ref)
