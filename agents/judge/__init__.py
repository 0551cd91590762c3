"""Judges: what needs judgement is asked of a model, or of rules that need none."""
