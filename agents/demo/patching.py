"""Find what is wrong, ask what only a person can know, patch it, and run the tests again."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agents.demo.codefacts import code_facts
from agents.demo.dependencies import dependencies_of
from agents.demo.docfacts import doc_facts
from agents.demo.edits import Edit, apply_edits, diff_of, pin_edit, reformat, value_edits
from agents.demo.facts import Disagreement, disagreements
from agents.demo.findings import File, Finding, Result, json_of
from agents.demo.library import Library, Text
from agents.demo.repair import repair_tests
from agents.demo.run import Run
from agents.demo.testruns import COMMAND, TestRun, run_tests

Answers = dict[str, str]  # subject → the value a person chose


@dataclass(frozen=True)
class Patch:
    edits: tuple[Edit, ...]
    unsolved: tuple[str, ...]
    diff: str
    files: tuple[Text, ...]
    after: TestRun


def patch_exactly(run: Run, library: Library) -> Result:
    """Change the lines the fix needs, and nothing else."""
    return mend(run, library, whole_files=False)


def patch_carelessly(run: Run, library: Library) -> Result:
    """As patch_exactly, but rewrite whole Python files until someone asks for less."""
    return mend(run, library, whole_files=not run.feedback)


def mend(run: Run, library: Library, whole_files: bool) -> Result:
    for said in run.feedback[-1:]:
        run.step(5, "Reading what was asked for", did=said)
    run.step(10, "Comparing the docs with the code")
    matters = disagreements(doc_facts(library), code_facts(library))
    stale = [row for row in dependencies_of(library) if row.stale == "yes"]
    run.step(20, "Checking the pins", did=f"{len(stale)} stale")
    answers = settle(run, matters)
    texts = {text.name: text for text in (*library.docs(), *library.modules())}
    metadata = library.read("pyproject.toml")
    edits = [pin_edit(row, metadata) for row in stale]
    unsettled = []
    for matter in matters:
        if matter.subject in answers:
            edits += value_edits(matter, answers[matter.subject], texts)
        else:
            unsettled.append(f"{matter.subject}: nobody said which value is meant")
    with library.copied() as copy:
        repairs, unrepaired = repair_tests(run, copy)
        edits += repairs
        after, files = patched(run, copy, edits, whole_files)
    diff = "".join(diff_of(file.name, library.read(file.name).text, file.text) for file in files)
    return result_of(Patch(tuple(edits), (*unsettled, *unrepaired), diff, files, after))


def patched(
    run: Run, copy: Path, edits: list[Edit], whole_files: bool
) -> tuple[TestRun, tuple[Text, ...]]:
    """Change the copy, run its tests, and return what they said and the changed files."""
    run.step(75, "Applying the changes", did=", ".join(f"{e.file}:{e.line}" for e in edits))
    apply_edits(edits, copy)
    names = sorted({edit.file for edit in edits})
    if whole_files:
        for name in (name for name in names if name.endswith(".py")):
            reformat(copy / name)
            run.step(80, f"Reformatting {name}")
    after = run_tests(copy)
    run.step(90, f"Running {COMMAND} again", did=f"exit code {after.exit_code}")
    return after, tuple(Text(name, (copy / name).read_bytes()) for name in names)


def settle(run: Run, matters: list[Disagreement]) -> Answers:
    """Which value is meant in each matter: from memory, from what people wrote, or by asking."""
    answers = known_answers(run, matters)
    unknown = [matter for matter in matters if matter.subject not in answers]
    if unknown:
        run.step(30, "Asking which value is meant", did=", ".join(m.subject for m in unknown))
        content = run.ask(*question_about(unknown))
        for matter in unknown:
            chosen = str(content.get(matter.subject, ""))
            if chosen in matter.choices:
                answers[matter.subject] = chosen
    if answers:
        run.memory["answers"] = answers
        run.leave_checkpoint({"answers": answers})
    return answers


def known_answers(run: Run, matters: list[Disagreement]) -> Answers:
    """What this program remembers, what the attempt before left, and what people wrote."""
    written = [str(comment.get("body_md") or "") for comment in run.context("comments")]
    answers: Answers = {}
    for matter in matters:
        for source in (run.memory.get("answers"), run.checkpoint().get("answers")):
            chosen = str(source.get(matter.subject)) if isinstance(source, dict) else ""
            if chosen in matter.choices:
                answers[matter.subject] = chosen
        for text in [*written, *run.feedback]:
            said = value_said(text, matter)
            if said:
                answers[matter.subject] = said
    return answers


def value_said(text: str, matter: Disagreement) -> str:
    """The one value a sentence about this setting names, or nothing if it is not clear."""
    setting = matter.subject.split(".")[-2].replace("_", " ")
    for sentence in re.split(r"(?<=[.!?])\s|\n", text.lower().replace("_", " ")):
        if setting in sentence:
            numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)(?!\.\d)", sentence))
            named = [value for value in matter.choices if value in numbers]
            if len(named) == 1:
                return named[0]
    return ""


def question_about(matters: list[Disagreement]) -> tuple[str, dict[str, Any]]:
    """The words of the question and its form, one field for each matter."""
    lines, fields = [], {}
    for matter in matters:
        setting = matter.subject.removesuffix(".default")
        said = "; ".join(f"{fact.shown} in {fact.place}" for fact in matter.promised)
        lines.append(
            f"Which value of `{setting}` is meant? The docs say {said}; the code uses "
            f"{matter.used.shown} in {matter.used.place}."
        )
        fields[matter.subject] = {"type": "string", "title": setting, "enum": matter.choices}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return "\n\n".join(lines), schema


def result_of(patch: Patch) -> Result:
    told = [f"- `{e.file}:{e.line}` {e.note}" for e in patch.edits] or ["Nothing to change."]
    told += [f"- Not repaired: {reason}." for reason in patch.unsolved]
    changed = sum(
        line.startswith("+") and not line.startswith("+++") for line in patch.diff.split("\n")
    )
    ran = f"`{COMMAND}` after the change: exit code {patch.after.exit_code}"
    ran += f", {len(patch.after.failures)} failed."
    return Result(
        summary_md="\n".join([f"The patch writes {changed} lines.", "", *told, "", ran]),
        files=files_of(patch),
        findings=findings_of(patch),
    )


def files_of(patch: Patch) -> tuple[File, ...]:
    head = {
        "command": COMMAND,
        "exit_code_after": patch.after.exit_code,
        "failed_after": len(patch.after.failures),
        "unsolved": list(patch.unsolved),
    }
    diff = [File("patch.diff", "text/x-diff", patch.diff.encode())] if patch.diff else []
    return (
        *diff,
        File("fix.json", "application/json", json_of(head, "changes", map(asdict, patch.edits))),
        *(File(file.name, "text/plain", file.content) for file in patch.files),
        File("tests-after.log", "text/plain", patch.after.log.encode(), role="evidence"),
    )


def findings_of(patch: Patch) -> tuple[Finding, ...]:
    diff = Text("patch.diff", patch.diff.encode())
    log = Text("tests-after.log", patch.after.log.encode())
    found = []
    for number, edit in enumerate(patch.edits, start=1):
        # In a reformatted file the line may read differently; the diff's first line stands in.
        line = diff.line_with(f"+{edit.after}") or 1
        found.append(Finding(f"fix.{number}", edit.after.strip(), edit.note, (diff.place(line),)))
    failed = len(patch.after.failures)
    text = f"After the change {failed} of {len(patch.after.results)} tests fail."
    place = log.place(max(1, log.line_with("Ran ")))
    return (*found, Finding("fix.tests_failed", failed, text, (place,)))
