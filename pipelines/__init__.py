"""Wiring: definitions, job, schedule, resource values and the command line. No table is computed here."""
