"""Small worlds in virtual time: rooms, people, agents and workers, one step at a time, with faults.

Everything is drawn from one seed, so what goes wrong once goes wrong again.
"""
