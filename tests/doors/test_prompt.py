"""The order as plain text."""

from agents.doors.prompt import Brief, InputText, render_prompt


def brief(**changes):
    facts = {
        "room_goal": "Ship on Friday?",
        "title": "Dependency table",
        "description": "List every package.",
        "criteria": ["Each row names its line"],
        "guidance": ["Write in British English"],
        "facts": ["Default timeout: 10 s (the code is what ships)"],
        "kind": "table",
        "inputs": [],
        "attachments": [],
        "comments": [],
        "feedback": "",
        "checkpoint": "",
        "round": 1,
        "attempt": 1,
        **changes,
    }
    return Brief(**facts)


def test_the_prompt_holds_everything_a_worker_needs():
    text = render_prompt(
        brief(
            inputs=[InputText("Facts", 2, "Timeout is 10", [("facts.md", "https://m.example/f")])],
            comments=[("Reviewer", "Mind the pins")],
        )
    )
    for part in (
        "# Dependency table",
        "List every package.",
        "- Each row names its line",
        "- Write in British English",
        "Ship on Friday?",
        "Facts (version 2)",
        "facts.md: https://m.example/f",
        "Reviewer: Mind the pins",
        "kind “table”",
    ):
        assert part in text


def test_parts_with_nothing_in_them_are_left_out():
    text = render_prompt(brief(criteria=[], guidance=[], room_goal=""))
    assert "It is accepted when" not in text
    assert "What you build on" not in text
    assert "\n\n\n" not in text


def test_a_second_round_says_what_the_reviewer_asked():
    text = render_prompt(brief(round=2, feedback="Only three lines", checkpoint="half done"))
    assert "The reviewer asked for changes\nOnly three lines" in text
    assert "half done" not in text


def test_a_new_attempt_is_told_what_the_last_one_left():
    assert "left for you\nhalf done" in render_prompt(brief(attempt=2, checkpoint="half done"))
