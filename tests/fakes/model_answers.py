"""A lawful answer for every kind of judgement, made from nothing but what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Asked = dict[str, Any]


def a_card(ref: str, asked: Asked, **more: Any) -> dict[str, Any]:
    """A lawful card with the first offered skill."""
    return {
        "ref": ref,
        "title": f"Findings {ref}",
        "brief": f"Collect the findings for part {ref} and link each to its source.",
        "criteria": ["Each finding is linked to the page it comes from."],
        "skills": asked["skills"][:1],
        "kind": asked["kinds"][0],
        "depends_on": [],
    } | more


def plan(asked: Asked) -> dict[str, Any]:
    """Two cards side by side and one that builds on both."""
    cards = [a_card("c1", asked), a_card("c2", asked)]
    cards.append(a_card("c3", asked, title="Summary", depends_on=["c1", "c2"]))
    return {"cards": cards, "note": "Two findings, then a summary."}


def assign(asked: Asked) -> dict[str, Any]:
    """For every card all its workers, those with the most free capacity first."""
    workers = sorted(asked["workers"], key=lambda one: one["load"] - one["capacity"])
    ids = [one["agent_id"] for one in workers]
    rows = [
        {
            "card_id": card["card_id"],
            "agent_ids": [one for one in ids if one in card.get("eligible", ids)],
            "why": "It has the most free capacity.",
        }
        for card in asked["cards"]
    ]
    return {"cards": rows}


def diagnose(asked: Asked) -> dict[str, Any]:
    """A rewrite where that is allowed, else a question to people."""
    answer = {
        "remedy": "ask",
        "cause": "unclear_brief",
        "note": "The brief did not say which year is meant.",
        "brief": "",
        "criteria": [],
        "parts": [],
        "question": "Which year is meant?",
    }
    if "rewrite" not in asked["remedies"]:
        return answer
    brief = f"{asked['card']['brief']}\nTake the year 2026."
    criteria = [*asked["card"]["criteria"], "Each figure names its year."]
    return answer | {"remedy": "rewrite", "brief": brief, "criteria": criteria, "question": ""}


def check(asked: Asked) -> dict[str, Any]:
    """The first criterion is met by the first words of the first text; the rest cannot be told."""
    named = {one["name"]: one["text"] for one in asked["files"]} | {"": asked["summary"]}
    file, text = next(((name, text) for name, text in named.items() if text.strip()), ("", ""))
    quote = " ".join(text.split()[:5])
    rows = [
        {"n": one["n"], "verdict": "cannot_tell", "evidence": "", "file": ""}
        for one in asked["criteria"]
    ]
    if quote:
        rows[0] |= {"verdict": "met", "evidence": quote, "file": file}
    return {"rows": rows}


def read(asked: Asked) -> dict[str, Any]:
    words = " ".join(one["text"] for one in asked["texts"][:1]).split()
    return {
        "outcome": "partly",
        "cause": "missing_input",
        "percent": 40,
        "quotes": [" ".join(words[:6])] if words else [],
        "has_instructions": False,
    }


def reconcile(asked: Asked) -> dict[str, Any]:
    ids = [asked["a"]["id"], asked["b"]["id"]]
    return {"verdict": "differ", "why": "The two figures are for one day.", "claim_ids": ids}


def reply(asked: Asked) -> dict[str, Any]:
    return {"text": "Two cards are in review.", "wants": "none"}


def course(asked: Asked) -> dict[str, Any]:
    ids = [one["card_id"] for one in asked["cards"][:1]]
    return {
        "verdict": "drifting",
        "why": "Nothing on the board is about prices.",
        "card_ids": ids,
        "suggestion": "Add a card for the prices.",
    }


def compose(asked: Asked) -> dict[str, Any]:
    sections = [
        {"card_id": part["card_id"], "heading": part["title"], "sentence": "It lists the findings."}
        for part in asked["parts"]
    ]
    return {"title": "Findings", "overview": "What was asked for is here.", "sections": sections}


ANSWERS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "plan": plan,
    "assign": assign,
    "diagnose": diagnose,
    "check": check,
    "read": read,
    "reconcile": reconcile,
    "reply": reply,
    "course": course,
    "compose": compose,
}


def a_lawful_answer(kind: str, asked: Asked) -> dict[str, Any]:
    return ANSWERS[kind](asked) | {"cannot": ""}
