"""What the work costs, and what other tools take for the same: see docs/benchmarks.md."""
