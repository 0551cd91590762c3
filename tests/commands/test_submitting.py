"""Submitting: a result is frozen into a version whose sha256 covers everything it says."""

import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests import cast
from tests.commands.refusing import refused
from workspace.commands.callbacks import add_artifact
from workspace.files import canonical, keep_bytes, manifest_sha256, read_bytes
from workspace.models import Claim, Deliverable, Source
from workspace.reports import ClaimMade, Inline, Result, SourceNamed, Uploaded


def inline(name="facts.md", content=b"timeout is 10", **facts):
    return Inline(name=name, media_type="text/markdown", content=content, **facts)


def hand_in(run, *parts, **facts):
    cast.says(run, Result(summary_md="Done.", artifacts=parts or (inline(),), **facts))
    return Deliverable.objects.get(run=run)


def test_a_version_is_the_manifest_of_everything_it_says(run):
    version = hand_in(
        run, inline("b.md", b"b"), inline("a.md", b"a"),
        claims=(ClaimMade("c1", "timeout", 10, "s"),),
        sources=(SourceNamed({"file": "client.py", "lines": "4"}, ("c1",)),),
    )  # fmt: skip
    assert version.sha256 == manifest_sha256(version.manifest)
    assert [file["name"] for file in version.manifest["files"]] == ["a.md", "b.md"]
    assert version.manifest["claims"][0]["value"] == 10
    assert version.manifest["sources"][0]["place"]["lines"] == "4"
    assert [row.name for row in version.files.order_by("name")] == ["a.md", "b.md"]
    assert (Claim.objects.get().subject, Source.objects.get().supports) == ("timeout", ["c1"])


def test_the_sha256_does_not_depend_on_the_order_of_files(room):
    one = hand_in(cast.a_run(cast.a_card(room), cast.an_agent(room, "A")), inline("a"), inline("b"))
    two = hand_in(cast.a_run(cast.a_card(room), cast.an_agent(room, "B")), inline("b"), inline("a"))
    same = {"card": ""}
    assert manifest_sha256(one.manifest | same) == manifest_sha256(two.manifest | same)


@pytest.mark.parametrize("change", ["summary", "kind", "card", "files", "claims", "inputs"])
def test_any_change_gives_another_sha256(run, change):
    version = hand_in(run)
    assert manifest_sha256(version.manifest | {change: "other"}) != version.sha256


def test_a_manifest_has_one_canonical_form():
    assert canonical({"b": "ü", "a": [1, 2]}) == '{"a":[1,2],"b":"ü"}'.encode()
    assert json.loads(canonical({"a": 1.5})) == {"a": 1.5}


def test_the_pinned_inputs_are_part_of_the_version(room, card, version, owner, agent):
    cast.accept(version, owner)
    report = cast.a_submission(cast.a_run(cast.a_card(room, "Report", depends_on=[card]), agent))
    assert report.manifest["inputs"] == [version.sha256]


def test_bytes_are_kept_as_they_were_sent(run):
    content = bytes(range(256)) * 100
    version = hand_in(run, inline(content=content))
    assert read_bytes(version.files.get().blob) == content


def test_a_file_sent_before_becomes_part_of_the_version(run):
    artifact, _ = add_artifact(
        run_id=run.id, credentials=cast.credentials(run), name="data.csv", media_type="text/csv",
        role="deliverable", content=b"a,b", sha256="", at=cast.AT,
    )  # fmt: skip
    version = hand_in(run, Uploaded(artifact.id), inline())
    assert [file["name"] for file in version.manifest["files"]] == ["data.csv", "facts.md"]


def test_two_files_of_one_name_are_refused(run):
    with refused("same_name_twice", name="facts.md"):
        hand_in(run, inline(content=b"one"), inline(content=b"two"))
    assert not Deliverable.objects.exists()


def test_the_same_file_named_twice_is_one(run):
    assert len(hand_in(run, inline(), inline()).manifest["files"]) == 1


def test_two_claims_of_one_id_are_refused(run):
    with refused("same_claim_twice"):
        hand_in(run, claims=(ClaimMade("c1", "a", 1), ClaimMade("c1", "b", 2)))
    assert not Deliverable.objects.exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_claim_that_is_no_number_is_refused(run, value):
    with refused("not_finite", claim="c1"):
        hand_in(run, claims=(ClaimMade("c1", "timeout", value),))
    assert not Deliverable.objects.exists()


@pytest.mark.parametrize("value", [1e16, 1e22, -0.0, 0.1, 1e-7, 100.0, 2**53, True, None, "ü"])
def test_a_version_read_back_still_has_its_sha256(run, value):
    hand_in(run, claims=(ClaimMade("c1", "timeout", value),))
    kept = Deliverable.objects.get()
    assert manifest_sha256(kept.manifest) == kept.sha256
    assert kept.manifest["claims"][0]["value"] == Claim.objects.get().value == value


def test_bytes_a_killed_process_left_half_written_are_written_whole(room):
    whole = b"all of it"
    blob = keep_bytes(room.workspace_id, whole, at=cast.AT)
    default_storage.delete(blob.path)
    default_storage.save(blob.path, ContentFile(whole[:3]))
    assert read_bytes(keep_bytes(room.workspace_id, whole, at=cast.AT)) == whole
