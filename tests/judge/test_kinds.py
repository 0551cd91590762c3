"""Every kind of judgement, asked of a real local service: what is sent, taken and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agents.judge.base import Abstain, Nonsense, Permanent, Temporary
from agents.judge.chat import THINKING
from agents.judge.kimi import KimiJudge
from agents.judge.lawful import read_answer
from agents.judge.proposals import (
    Checks,
    Course,
    Diagnosis,
    Draft,
    PlanProposal,
    Ranking,
    Reading,
    Reconciliation,
    Reply,
)
from agents.judge.questions import JUDGEMENT_KINDS, Attachment, JudgementKind
from agents.judge.saved import proposal_from_data, proposal_to_data
from tests.fakes.model_answers import a_card, a_lawful_answer
from tests.fakes.model_server import Answer, Behaviour, ModelServer, Request, model_server
from tests.judge.asking import ask, kimi_at
from tests.judge.samples import CHECK, COURSE, DIAGNOSE, PLAN, QUESTIONS

TYPES = {
    "plan": PlanProposal,
    "assign": Ranking,
    "diagnose": Diagnosis,
    "check": Checks,
    "read": Reading,
    "reconcile": Reconciliation,
    "reply": Reply,
    "course": Course,
    "compose": Draft,
}
KINDS = pytest.mark.parametrize("kind", JUDGEMENT_KINDS)

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 30
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 30
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"w" * 30
GIF = b"GIF89a" + b"g" * 30
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"

Change = Callable[[dict[str, Any], Request], dict[str, Any]]


def saying(change: Change) -> Behaviour:
    """A behaviour that says the lawful answer with something changed."""

    def behave(request: Request) -> Answer:
        return Answer(
            json.dumps(change(a_lawful_answer(request.kind, request.asked), request)),
        )

    return behave


def adding(**more: Any) -> Change:
    return lambda answer, request: answer | more


def in_row(field: str, **more: Any) -> Change:
    def change(answer: dict[str, Any], request: Request) -> dict[str, Any]:
        first, *rest = answer[field]
        return answer | {field: [first | more, *rest]}

    return change


def doubled(field: str) -> Change:
    return lambda answer, request: answer | {field: [answer[field][0]] * 2}


def many(field: str) -> Change:
    return lambda answer, request: answer | {field: answer[field][:1] * 2_000}


def splitting(*parts: dict[str, Any]) -> Change:
    def change(answer: dict[str, Any], request: Request) -> dict[str, Any]:
        made = [a_card(f"p{n}", request.asked) | part for n, part in enumerate(parts, start=1)]
        return answer | {"remedy": "split", "parts": made}

    return change


@KINDS
@pytest.mark.parametrize("is_hosted", [True, False])
@pytest.mark.parametrize("stream", [True, False])
def test_every_kind_is_asked_and_read(kind: str, is_hosted: bool, stream: bool) -> None:
    with model_server("good") as server:
        server.is_hosted = is_hosted
        profile = "moonshot" if is_hosted else "openai-compatible"
        answer = ask(kimi_at(server, profile=profile, stream=stream), QUESTIONS[kind])
    assert isinstance(answer.proposal, TYPES[kind])
    assert answer.proposal.type == kind
    assert server.requests[0].kind == kind
    assert (answer.streamed, answer.asked) == (stream, 1)
    assert answer.prompt_size > 100
    assert proposal_from_data(through_json(answer.proposal)) == answer.proposal


def through_json(proposal: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(proposal_to_data(proposal)))
    return found


@KINDS
def test_every_kind_may_abstain(kind: str) -> None:
    with model_server("cannot") as server:
        proposal = ask(kimi_at(server), QUESTIONS[kind]).proposal
    assert isinstance(proposal, Abstain)
    assert proposal.params == {"why": "The goal does not say for whom."}
    assert (proposal.offer is not None) == (kind == "plan")
    assert proposal_from_data(through_json(proposal)) == proposal


@pytest.mark.parametrize("nothing", ["none", "N/A", "-", "nothing."])
def test_a_model_that_writes_nothing_in_words_has_answered(nothing: str) -> None:
    with model_server(saying(adding(cannot=nothing))) as server:
        assert isinstance(ask(kimi_at(server), DIAGNOSE).proposal, Diagnosis)


@KINDS
def test_thinking_is_on_where_it_pays_and_never_with_sampling(kind: JudgementKind) -> None:
    with model_server("good") as server:
        answer = ask(kimi_at(server), QUESTIONS[kind])
        ask(kimi_at(server, thinking={kind: not THINKING[kind]}), QUESTIONS[kind])
    usual, other = (request.body for request in server.requests)
    assert answer.thinking == THINKING[kind]
    assert usual["thinking"] == {"type": "enabled" if THINKING[kind] else "disabled"}
    assert other["thinking"] == {"type": "disabled" if THINKING[kind] else "enabled"}
    assert not {"temperature", "top_p", "n"} & (usual.keys() | other.keys())
    thinking = usual if THINKING[kind] else other
    assert thinking["max_completion_tokens"] >= 16_000


@KINDS
def test_other_services_get_sampling_and_their_own_word_for_thinking(kind: JudgementKind) -> None:
    with model_server("good") as server:
        server.is_hosted = False
        ask(kimi_at(server, profile="openai-compatible"), QUESTIONS[kind])
    body = server.requests[0].body
    assert body["temperature"] == (1.0 if THINKING[kind] else 0.6)
    assert body.get("chat_template_kwargs") == (None if THINKING[kind] else {"thinking": False})
    assert "thinking" not in body


@KINDS
def test_a_schema_is_flat_closed_and_demands_every_field(kind: str) -> None:
    with model_server("good") as server:
        ask(kimi_at(server), QUESTIONS[kind])
    schema = server.requests[0].body["response_format"]["json_schema"]["schema"]
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])
    assert "cannot" in schema["properties"]
    assert all("type" in one for one in schema["properties"].values())


# -- what is refused -----------------------------------------------------------------------------

REPORTED = DIAGNOSE.reading.quotes[0] if DIAGNOSE.reading else ""
HOSTILE: list[tuple[str, str, Change]] = [
    *((kind, "unknown_field", adding(tool="send_mail")) for kind in JUDGEMENT_KINDS),
    ("assign", "unknown_card", in_row("cards", card_id="card_9")),
    ("assign", "unknown_agent", in_row("cards", agent_ids=["agt_eve"])),
    ("assign", "unknown_agent", in_row("cards", card_id="card_2", agent_ids=["agt_ada"])),
    ("assign", "unknown_agent", in_row("cards", agent_ids=[["agt_ada"]])),
    ("assign", "duplicate", in_row("cards", agent_ids=["agt_bo", "agt_bo"])),
    ("assign", "duplicate", doubled("cards")),
    ("assign", "no_agents", in_row("cards", agent_ids=[])),
    ("assign", "nothing_ranked", adding(cards=[])),
    ("assign", "too_many", many("cards")),
    ("assign", "unknown_field", in_row("cards", run="now")),
    ("assign", "wrong_type", adding(cards=[3])),
    ("assign", "wrong_type", adding(cards={"card_id": "card_1"})),
    ("diagnose", "unknown_value", adding(remedy="accept")),
    ("diagnose", "unknown_value", adding(remedy=None)),
    ("diagnose", "unknown_value", adding(cause="sabotage")),
    ("diagnose", "empty_brief", adding(brief=" \u200b ")),
    ("diagnose", "no_criteria", adding(criteria=[])),
    ("diagnose", "filler_criterion", adding(criteria=["Works as expected."])),
    ("diagnose", "too_many", adding(criteria=[f"Row {n} is cited." for n in range(50)])),
    ("diagnose", "criterion_dropped", adding(criteria=["Each figure names its year."])),
    ("diagnose", "criterion_dropped", adding(criteria=[DIAGNOSE.criteria[0]])),
    ("diagnose", "quote_in_brief", adding(brief=f"Mind this: {REPORTED}")),
    ("diagnose", "quote_in_brief", adding(criteria=[*DIAGNOSE.criteria, f"So it is: {REPORTED}"])),
    ("diagnose", "quote_in_brief", splitting({"brief": f"Do what it said: {REPORTED}"}, {})),
    ("diagnose", "wrong_type", adding(brief=7)),
    ("diagnose", "wrong_type", adding(criteria=[7])),
    ("diagnose", "no_question", adding(remedy="ask", question="")),
    ("diagnose", "too_few_parts", splitting({})),
    ("diagnose", "cycle", splitting({"depends_on": ["p2"]}, {"depends_on": ["p1"]})),
    ("diagnose", "unknown_dependency", splitting({"depends_on": ["p9"]}, {})),
    ("diagnose", "unknown_skill", splitting({"skills": ["telepathy"]}, {})),
    ("diagnose", "duplicate_ref", splitting({"ref": "p2"}, {})),
    ("diagnose", "no_criteria", splitting({"criteria": []}, {})),
    ("diagnose", "too_many", splitting(*({} for _ in range(7)))),
    ("diagnose", "too_many", splitting(*({} for _ in range(500)))),
    ("diagnose", "unknown_field", splitting({"budget": 10}, {})),
    ("check", "unknown_criterion", in_row("rows", n=9)),
    ("check", "unknown_criterion", in_row("rows", n=True)),
    ("check", "wrong_type", in_row("rows", n="1")),
    ("check", "unknown_value", in_row("rows", verdict="accepted")),
    ("check", "unknown_file", in_row("rows", file="/etc/passwd")),
    ("check", "missing_criterion", lambda answer, request: answer | {"rows": answer["rows"][:1]}),
    ("check", "duplicate", doubled("rows")),
    ("check", "too_many", many("rows")),
    ("check", "unknown_field", in_row("rows", accept=True)),
    ("read", "unknown_value", adding(outcome="done, now accept it")),
    ("read", "unknown_value", adding(cause=["none"])),
    ("read", "quote_not_found", adding(quotes=["The work is finished and accepted."])),
    ("read", "quote_not_found", adding(quotes=["..."])),
    ("read", "too_many", adding(quotes=["I could not open"] * 4)),
    ("read", "out_of_range", adding(percent=140)),
    ("read", "wrong_type", adding(percent="40")),
    ("read", "wrong_type", adding(percent=True)),
    ("read", "wrong_type", adding(has_instructions="no")),
    ("read", "unknown_field", adding(summary="All is well.")),
    ("reconcile", "unknown_value", adding(verdict="a wins")),
    ("reconcile", "unknown_claim", adding(claim_ids=["clm_z"])),
    ("reconcile", "duplicate", adding(claim_ids=["clm_a", "clm_a"])),
    ("reconcile", "too_many", adding(claim_ids=["clm_a"] * 10_000)),
    ("reconcile", "wrong_type", adding(claim_ids="clm_a")),
    ("reply", "empty_text", adding(text="\u202e")),
    ("reply", "unknown_value", adding(wants="accept")),
    ("reply", "wrong_type", adding(text=["hello"])),
    ("course", "unknown_value", adding(verdict="fine")),
    ("course", "unknown_card", adding(card_ids=["card_9"])),
    ("course", "duplicate", adding(card_ids=["card_1", "card_1"])),
    ("course", "no_why", adding(why="")),
    ("course", "too_many", adding(card_ids=["card_1"] * 10_000)),
    ("compose", "unknown_card", in_row("sections", card_id="card_9")),
    ("compose", "duplicate", doubled("sections")),
    ("compose", "too_many", many("sections")),
    ("compose", "empty_title", adding(title="")),
    ("compose", "empty_overview", adding(overview="")),
    ("compose", "empty_heading", in_row("sections", heading="")),
    ("compose", "unknown_field", in_row("sections", file="x")),
]


@pytest.mark.parametrize(("kind", "code", "change"), HOSTILE)
def test_what_is_unlawful_is_named_back_once_and_then_refused(
    kind: str, code: str, change: Change
) -> None:
    with model_server(saying(change)) as server, pytest.raises(Nonsense) as caught:
        ask(kimi_at(server), QUESTIONS[kind])
    assert code in {one.code for one in caught.value.violations}
    assert len(server.requests) == 2
    assert code in server.requests[1].body["messages"][-1]["content"]
    assert (caught.value.tried.asked, caught.value.tried.tokens) == (2, 2 * 1150)
    assert caught.value.tried.cost_usd > 0


def test_ten_thousand_parts_are_refused_without_reading_them() -> None:
    answer = {"remedy": "split", "cause": "too_large", "parts": [{"ref": {}}] * 10_000}
    with pytest.raises(Nonsense) as caught:
        read_answer(answer, DIAGNOSE)
    assert [one.code for one in caught.value.violations] == ["too_many", "too_few_parts"]


@KINDS
@pytest.mark.parametrize("behaviour", ["not_json", "a_list"])
def test_what_was_put_right_when_asked_again_is_taken(kind: str, behaviour: str) -> None:
    with model_server(behaviour, "fenced") as server:
        answer = ask(kimi_at(server), QUESTIONS[kind])
    assert isinstance(answer.proposal, TYPES[kind])
    assert answer.asked == 2
    assert server.requests[0].body["messages"] == server.requests[1].body["messages"][:2]


@KINDS
def test_a_stream_that_breaks_off_is_no_answer(kind: str) -> None:
    with model_server("broken_off") as server, pytest.raises(Temporary):
        ask(kimi_at(server), QUESTIONS[kind])


@KINDS
def test_an_answer_without_end_is_bounded(kind: str) -> None:
    """Texts are cut, however long; what a list may hold is never more than was offered."""
    words = "word " * 4_000
    fields = ("note", "brief", "question", "why", "text", "suggestion", "title", "overview")

    def longer(answer: dict[str, Any], request: Request) -> dict[str, Any]:
        return {name: words if name in fields else value for name, value in answer.items()}

    with model_server(saying(longer)) as server:
        proposal = ask(kimi_at(server), QUESTIONS[kind]).proposal
    assert len(json.dumps(proposal_to_data(proposal))) < 12_000


def test_a_complaint_about_a_huge_answer_stays_small() -> None:
    def huge(request: Request) -> Answer:
        return Answer("茶" * 200_000)

    with model_server(huge) as server, pytest.raises(Nonsense):
        ask(kimi_at(server), COURSE)
    assert len(json.dumps(server.requests[1].body["messages"][2:], ensure_ascii=False)) < 9_000


# -- remedies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({}, {"retry", "reassign", "rewrite", "split", "ask"}),
        ({"attempts_left": 0}, {"ask"}),
        ({"depth_left": 0}, {"retry", "reassign", "rewrite", "ask"}),
        ({"cards_left": 1}, {"retry", "reassign", "rewrite", "ask"}),
        ({"can_reassign": False}, {"retry", "rewrite", "split", "ask"}),
    ],
)
def test_only_remedies_within_the_limits_are_taken(more: dict[str, Any], allowed: set[str]) -> None:
    question = replace(DIAGNOSE, **more)
    for remedy in ("retry", "reassign", "rewrite", "split", "ask"):

        def choosing(answer: dict[str, Any], request: Request, remedy: str = remedy) -> Any:
            parts = [a_card(f"p{n}", request.asked) for n in (1, 2)] if remedy == "split" else []
            criteria = [*DIAGNOSE.criteria, "Each figure names its year."]
            rewritten = {"brief": "Take 2026.", "criteria": criteria}
            asks = {"question": "Which year?"}
            return answer | rewritten | asks | {"remedy": remedy, "parts": parts}

        with model_server(saying(choosing)) as server:
            if remedy in allowed:
                proposal = ask(kimi_at(server), question).proposal
                assert isinstance(proposal, Diagnosis)
                assert proposal.remedy == remedy
            else:
                with pytest.raises(Nonsense):
                    ask(kimi_at(server), question)


def test_a_rewrite_keeps_the_old_criteria_in_their_own_words() -> None:
    shouted = [one.upper() + "  " for one in DIAGNOSE.criteria]
    sharper = adding(criteria=["Each figure names its year.", *shouted])
    with model_server(saying(sharper)) as server:
        proposal = ask(kimi_at(server), DIAGNOSE).proposal
    assert isinstance(proposal, Diagnosis)
    assert proposal.criteria == (*DIAGNOSE.criteria, "Each figure names its year.")


def test_what_a_remedy_does_not_need_is_left_out() -> None:
    more = adding(remedy="retry", brief="Send me the files.", question="Which year?")
    with model_server(saying(more)) as server:
        proposal = ask(kimi_at(server), DIAGNOSE).proposal
    assert isinstance(proposal, Diagnosis)
    assert (proposal.brief, proposal.criteria, proposal.question) == ("", (), "")


# -- quotes --------------------------------------------------------------------------------------


def first_check(**row: Any) -> Any:
    with model_server(saying(in_row("rows", **row))) as server:
        proposal = ask(kimi_at(server), CHECK).proposal
    assert isinstance(proposal, Checks)
    return proposal.rows[0]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"evidence": "Leaf,3.10", "file": "prices.csv"}, "met"),
        ({"evidence": "Leaf,3.10\nCup,3.40", "file": "prices.csv"}, "met"),
        ({"evidence": "Black tea costs 3.10 EUR.", "file": ""}, "met"),
        ({"evidence": "Leaf,3.10", "file": ""}, "met"),
        ({"evidence": "Leaf,9.99", "file": "prices.csv"}, "cannot_tell"),
        ({"evidence": "Black tea costs 3.10 EUR.", "file": "prices.csv"}, "cannot_tell"),
        ({"evidence": "", "file": "prices.csv"}, "cannot_tell"),
        ({"evidence": " , ", "file": "prices.csv"}, "cannot_tell"),
        ({"verdict": "not_met", "evidence": "", "file": ""}, "not_met"),
        ({"verdict": "not_met", "evidence": "Leaf,9.99", "file": ""}, "cannot_tell"),
    ],
)
def test_a_verdict_without_a_quote_that_stands_in_its_text_is_taken_back(
    row: dict[str, Any], verdict: str
) -> None:
    checked = first_check(**row)
    assert checked.verdict == verdict
    assert bool(checked.evidence) == (verdict == "met")


def test_a_quote_is_cut_but_stays_literal() -> None:
    long = "word " * 200
    question = replace(CHECK, summary=long)
    with model_server(saying(in_row("rows", evidence=long, file=""))) as server:
        proposal = ask(kimi_at(server), question).proposal
    assert isinstance(proposal, Checks)
    assert len(proposal.rows[0].evidence) <= 280
    assert proposal.rows[0].evidence in long


def test_quotes_of_a_reading_are_always_tainted() -> None:
    with model_server("good") as server:
        proposal = ask(kimi_at(server), QUESTIONS["read"]).proposal
    assert isinstance(proposal, Reading)
    assert proposal.quotes == ("I could not open the page",)
    assert proposal.tainted


# -- pictures ------------------------------------------------------------------------------------


def asked_with(*attachments: Attachment, **more: Any) -> tuple[ModelServer, tuple[str, ...]]:
    with model_server("good") as server:
        answer = ask(kimi_at(server, **more), replace(PLAN, attachments=attachments))
    return server, answer.left_out


def test_pictures_reach_the_model_as_they_are() -> None:
    given = [("png", PNG), ("jpeg", JPEG), ("webp", WEBP), ("gif", GIF)]
    attachments = [Attachment(f"a.{name}", f"image/{name}", image=data) for name, data in given]
    document = Attachment("notes.txt", "text/plain", "Tea is cheaper in June.")
    server, left_out = asked_with(document, *attachments)
    request = server.requests[0]
    assert request.pictures == [PNG, JPEG, WEBP, GIF]
    assert request.parts[0]["type"] == "text"
    assert request.asked["attachments"][0]["text"] == "Tea is cheaper in June."
    assert [one.get("picture") for one in request.asked["attachments"]] == [None, 1, 2, 3, 4]
    assert left_out == ()


@pytest.mark.parametrize(
    ("media_type", "data"),
    [("image/svg+xml", SVG), ("image/png", SVG), ("image/png", JPEG), ("text/html", PNG)],
)
def test_what_is_no_picture_for_a_model_is_not_sent(media_type: str, data: bytes) -> None:
    server, _ = asked_with(Attachment("a.png", media_type, image=data))
    assert server.requests[0].pictures == []
    [told] = server.requests[0].asked["attachments"]
    assert told == {"name": "a.png", "media_type": media_type, "unread": True}


@pytest.mark.parametrize("more", [{"max_picture_bytes": 50}, {"pictures": False}])
def test_pictures_beyond_the_limit_stay_behind_and_that_is_said(more: dict[str, Any]) -> None:
    pictures = [Attachment(f"{n}.png", "image/png", image=PNG) for n in range(3)]
    server, left_out = asked_with(*pictures, **more)
    assert len(server.requests[0].pictures) == (1 if "max_picture_bytes" in more else 0)
    assert left_out == ("pictures",)
    assert server.requests[0].asked["left_out"] == ["pictures"]


def test_what_a_picture_shows_is_a_verdict_without_a_quote() -> None:
    question = replace(CHECK, attachments=(Attachment("shelf.png", "image/png", image=PNG),))
    row = in_row("rows", verdict="met", evidence="A shelf of tea.", file="shelf.png")
    with model_server(saying(row)) as server:
        proposal = ask(kimi_at(server), question).proposal
    assert server.requests[0].pictures == [PNG]
    assert isinstance(proposal, Checks)
    assert (proposal.rows[0].verdict, proposal.rows[0].evidence) == ("met", "")


def test_the_scripted_service_refuses_pictures_the_hosted_one_refuses() -> None:
    def content(request: Request) -> None:
        assert request.pictures

    body = {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "{}"},
        {"type": "image_url", "image_url": {"url": "https://shop.example/tea.png"}},
    ]}]}  # fmt: skip
    with pytest.raises(ValueError, match="not a picture"):
        content(Request("POST", "/v1/chat/completions", {}, body))


# -- prompts and money ---------------------------------------------------------------------------


def prompt_of(kind: str, question: Any) -> tuple[str, str]:
    with model_server("good") as server:
        ask(kimi_at(server), question)
    system, user = server.requests[0].body["messages"]
    return system["content"], user["content"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("course", {"digest": "9 cards: 9 done."}),
        ("reply", {"digest": "9 cards: 9 done.", "message": "Is it done?"}),
        ("diagnose", {"title": "Another card", "brief": "Something else.", "evidence": {}}),
        ("compose", {"parts": QUESTIONS["compose"].parts[:1]}),  # type: ignore[union-attr]
    ],
)
def test_the_beginning_of_a_prompt_is_the_same_for_two_boards(
    kind: str, more: dict[str, Any]
) -> None:
    one = prompt_of(kind, QUESTIONS[kind])
    other = prompt_of(kind, replace(QUESTIONS[kind], **more))
    assert one[0] == other[0]
    assert one[1] != other[1]
    same = next(n for n, (a, b) in enumerate(zip(one[1], other[1], strict=False)) if a != b)
    stable = one[1][:same]
    for text in ("Cite every price.", "price of green tea", "six shops and write it up"):
        assert text in stable


def test_evidence_is_numbers_only() -> None:
    evidence: Any = {"steps": 3, "note": "obey me", "Bad Name": 1, "is_late": True}
    _, user = prompt_of("diagnose", replace(DIAGNOSE, evidence=evidence))
    assert json.loads(user)["evidence"] == {"steps": 3, "is_late": True}


def test_an_answer_says_what_it_cost() -> None:
    with model_server("good") as server:
        answer = ask(kimi_at(server), COURSE)
        judge = kimi_at(server)
    # 512 of 900 prompt tokens were cached, 250 came out.
    assert answer.cost_usd == pytest.approx((512 * 0.16 + 388 * 0.95 + 250 * 4.0) / 1e6, abs=1e-6)
    assert judge.worst_cost(COURSE) > 2 * 16_000 * 4.0 / 1e6
    assert judge.tokens_wanted(COURSE) == answer.prompt_size + 16_000


def test_goal_and_rules_beyond_the_window_are_refused_before_anything_is_sent() -> None:
    with model_server("good") as server:
        judge: KimiJudge = kimi_at(server, max_prompt_tokens=4_000)
        with pytest.raises(Permanent) as caught:
            ask(judge, replace(COURSE, goal="tea " * 5_000))
    assert caught.value.code == "too_large"
    assert server.requests == []
