"""The mathematics: values in, frozen records or frames out. No clock, path, connection, logger or orchestrator."""
