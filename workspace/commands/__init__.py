"""Every change of state, one function each: lock, step, save, record, return.

Lock order, always: room, card, run, deliverable, agent, budget.
"""
