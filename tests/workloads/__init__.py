"""One test file for each module of the workloads."""
