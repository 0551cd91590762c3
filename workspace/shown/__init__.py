"""What templates are given: frozen facts, the same for every viewer of a room.

What only *you* may do is asked when a page or a card is opened; "you" is a matter of one
style rule the page adds for its reader, so the hub renders each fragment once for all.
"""
