"""The native webhook door: signed requests out, run-token callbacks in (`muster-agent/1`)."""
