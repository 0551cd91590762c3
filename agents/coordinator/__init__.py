"""The pure coordinator: a board in, moves out."""
