"""The swarm: many specialists of one scripted model in one room, played and counted."""
