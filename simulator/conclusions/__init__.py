"""Which of the paper's conclusions survive on other hardware: `python -m simulator.conclusions`."""
