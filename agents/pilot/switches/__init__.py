"""What a room can be made to do without, to see that it then breaks."""
