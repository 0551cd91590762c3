"""Which files a run may read: those it was given, and no others."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workspace import queries
from workspace.errors import NotFound, Refused

if TYPE_CHECKING:
    from workspace.models import Artifact, Attachment, DeliverableFile, Run


def readable_file(
    run: "Run", file_id: str, *, at: datetime
) -> "Artifact | Attachment | DeliverableFile":
    """Raises NotFound for any file this run was not given, and Refused long after its end."""
    if run.ended_at and at - run.ended_at > timedelta(seconds=run.timings["late_for"]):
        raise Refused("lease_lost", kept=False)
    found = (
        _of_input(run, file_id)
        or _of_earlier_version(run, file_id)
        or queries.artifact_left(run, file_id)
        or next((one for one in queries.attachments_given(run.card) if one.id == file_id), None)
    )
    if found is None:
        raise NotFound("file", file_id)
    return found


def _of_input(run: "Run", file_id: str) -> "DeliverableFile | None":
    for given in run.inputs.select_related("deliverable"):
        file = given.deliverable.files.select_related("blob").filter(id=file_id).first()
        if file is not None:
            return file
    return None


def _of_earlier_version(run: "Run", file_id: str) -> "DeliverableFile | None":
    for version in run.card.deliverables.all():
        file = version.files.select_related("blob").filter(id=file_id).first()
        if file is not None:
            return file
    return None
