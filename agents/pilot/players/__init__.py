"""Agents of the pilot: real HTTP programs that work as they should until a fault strikes."""
