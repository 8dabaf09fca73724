"""From landed files to raw rows: found, archived by content, read as text, mapped, judged; append-only."""
