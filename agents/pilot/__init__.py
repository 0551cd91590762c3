"""Where does coordination break? Scenarios with injected faults, on the real stack."""
