"""Trials: measurements of the coordinator's rules that a person can run again."""
