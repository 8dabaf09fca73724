"""Tables that are kept from night to night: only what has changed in them is made again."""
