"""Composition root: the Celery app. Jobs are hints to look; the database is the truth."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")

app = Celery("muster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workspace", "agents"], related_name="jobs")
# Celery closes the database before and after every job, and opening SQLite anew costs more than
# most jobs do. As in requests, a connection is kept as long as it is good and not too old.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize


@task_prerun.connect
@task_postrun.connect
def renew_connections(**_told: Any) -> None:
    close_old_connections()
