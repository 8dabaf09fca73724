"""Presentation: finished numbers in, one self-contained HTML page out."""
