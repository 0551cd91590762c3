"""Ways in for workers that are not people, one folder each."""
