"""Keep pytest out of teaspoon: its one failing test is what the demo's agents are there to find."""

collect_ignore = ["teaspoon"]
