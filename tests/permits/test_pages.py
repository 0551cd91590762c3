"""What people see of an action, and of what they decided for always."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.api.conftest import Api
from workspace.actors import By
from workspace.commands.asks import answer_ask
from workspace.models import Ask, CommandRule
from workspace.reports import PermissionWanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return cast.an_owner()


@pytest.fixture
def room(owner):
    return cast.a_room(owner)


@pytest.fixture
def run(room):
    return cast.a_run(cast.a_card(room), cast.an_agent(room), at=timezone.now())


@pytest.fixture
def browser(owner):
    client = Client()
    client.force_login(owner)
    return client


def wants(run, action, title="Run it", **more) -> Ask:
    wanted = PermissionWanted(ref="p1", title=title, kind="execute", action=action, **more)
    cast.says(run, wanted, at=timezone.now())
    return run.asks.get()


def form(browser: Client, ask: Ask) -> str:
    page = browser.get("/asks").content.decode()
    found = re.search(rf'<article class="ask" id="ask-{ask.id}".*?</article>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", found[0])


def test_the_class_the_reason_and_the_whole_action_are_shown(browser, run):
    action = {"command": "cat notes.md; rm -rf .", "cwd": "/builds/site", "env_keys": ["PATH"]}
    shown = form(browser, wants(run, action, risk="low"))
    assert 'data-class="destructive"' in shown
    assert "more than one plain command" in shown
    assert "cat notes.md; rm -rf ." in shown and "/builds/site" in shown and "PATH" in shown
    assert "risk: low" in shown
    assert "Always" not in shown


def test_the_words_of_a_command_are_shown_one_by_one(browser, run):
    shown = form(browser, wants(run, {"argv": ["cp", "a, b", "c\u0430t"]}))
    assert "[&quot;cp&quot;, &quot;a, b&quot;, &quot;c\\u0430t&quot;]" in shown


def test_an_answer_for_always_says_what_it_covers_and_where(browser, run):
    shown = form(browser, wants(run, {"argv": ["mkdir", "out"]}))
    assert "every plain use of mkdir" in shown
    assert 'value="allow_always card"' in shown and 'value="allow_always room"' in shown


def test_nothing_an_agent_wrote_stands_in_a_button(browser, run):
    ask = wants(run, {"argv": ["mkdir", "CLICKME"]}, title="CLICKME", reason_md="CLICKME")
    for button in re.findall(r"<button.*?</button>", form(browser, ask), re.S):
        assert "CLICKME" not in button


def test_a_rule_is_kept_from_the_page_listed_and_removed(browser, run, room):
    ask = wants(run, {"argv": ["mkdir", "out"]})
    browser.post(f"/asks/{ask.id}/answer", {"decision": "allow_always room"})
    rule = CommandRule.objects.get()
    assert rule.card_id is None
    page = browser.get(f"/rooms/{room.id}/settings").content.decode()
    row = page.partition(f'id="{rule.id}"')[2].partition("</form>")[0]
    # A row's own buttons go on a phone, where a touch opens the row; this one has nothing to open.
    assert "mkdir …" in row and "button-keep" in row
    browser.post(f"/rules/{rule.id}/remove")
    rule.refresh_from_db()
    assert rule.removed_at is not None
    assert f'id="{rule.id}"' not in browser.get(f"/rooms/{room.id}/settings").content.decode()


def test_a_stranger_removes_nothing(run, owner):
    ask = wants(run, {"argv": ["mkdir", "out"]})
    said = {"decision": "allow_always"}
    answer_ask(ask_id=ask.id, answer=said, by=By(owner.id), at=timezone.now())
    rule = CommandRule.objects.get()
    stranger = Client()
    stranger.force_login(cast.an_owner("Stranger", "Elsewhere"))
    assert stranger.post(f"/rules/{rule.id}/remove").status_code == 404
    rule.refresh_from_db()
    assert rule.removed_at is None


def test_programs_keep_list_and_remove_rules_too(run, room, owner):
    api = Api(cast.a_token(owner))
    ask = wants(run, {"argv": ["pytest", "-q"]})
    said = {"decision": "allow_always", "scope": "room"}
    answered = api.post(f"/asks/{ask.id}/answer", said).body
    assert answered["answer"]["decision"] == "allow_always"
    (rule,) = api.get(f"/rooms/{room.id}/rules").body["items"]
    assert (rule["klass"], rule["action"]) == ("unknown", {"argv": ["pytest", "-q"]})
    assert rule["action_digest"] == ask.action_digest
    for _ in range(2):
        assert api.call("DELETE", f"/rules/{rule['id']}").status_code == 204
    assert api.get(f"/rooms/{room.id}/rules").body["items"] == []
    other = Api(cast.a_token(cast.an_owner("Stranger", "Elsewhere")))
    assert other.call("DELETE", f"/rules/{rule['id']}").status_code == 404
