"""The MCP door: the board as tools, for agents that come by themselves and pull their work."""
