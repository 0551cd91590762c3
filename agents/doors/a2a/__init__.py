"""The A2A door: agents that are found by their card, protocol 1.0 and 0.3."""
