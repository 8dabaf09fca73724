"""What a configuration file says, read and judged: settings, sources, playbook, identity, and the expressions in it."""
