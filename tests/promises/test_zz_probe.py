import os, collections, pytest
from hypothesis import HealthCheck, Phase, settings, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.promises.coordinating import Coordination
from workspace.models import Event
from workspace.errors import Refused
counts=collections.Counter(); refused=collections.Counter()
class Probe(Coordination):
    def attempt(self, command, **facts):
        def counted(**f):
            try:
                r=command(**f); counts["ok "+command.__name__]+=1; return r
            except Refused as e:
                refused[command.__name__+" "+e.code]+=1; raise
        super().attempt(counted, **facts)
    def teardown(self):
        try:
            for t in Event.objects.values_list("type",flat=True): counts[t]+=1
        except Exception: pass
        super().teardown()
@pytest.mark.django_db
def test_probe():
    try:
        run_state_machine_as_test(Probe, settings=settings(max_examples=int(os.environ.get("N","40")), stateful_step_count=int(os.environ.get("S","50")), derandomize=os.environ.get("R") is None, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)))
    finally:
        for k,v in sorted(counts.items()): print(v,k)
        print("----")
        for k,v in sorted(refused.items()): print(v,k)
