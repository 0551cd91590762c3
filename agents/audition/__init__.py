"""The audition: a real agent is tried through a fault proxy before it is trusted."""
