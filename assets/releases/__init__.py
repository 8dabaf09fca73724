"""What is published, whole or not at all: tables by content, manifests, history, views, verification, retention."""
