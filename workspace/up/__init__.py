"""`manage.py up`: one process that starts, watches, restarts and stops every other one.

Standard library only, and never Django: the supervisor stays small and outlives what it watches.
"""
