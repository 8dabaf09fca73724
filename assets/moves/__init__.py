"""What is other than it was: moves of customers between segments, with their causes, and restated periods."""
