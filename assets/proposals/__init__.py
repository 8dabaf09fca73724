"""What the files of a stranger could mean: a configuration with its evidence and its doubts."""
