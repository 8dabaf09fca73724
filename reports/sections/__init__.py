"""Sections of the page: the night's finished numbers in, takeaways, figures and their tables out."""
