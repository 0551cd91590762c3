"""Fault scenarios on the real stack, the referee that judges them, and what they show."""
