"""Routes of the agents side, mounted at /agent/v1/."""

urlpatterns: list[object] = []
