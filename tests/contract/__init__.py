"""What every door must be able to do, tried with a real program behind each."""
