"""One function per table, in the order the data flows, with the resources and SQL they stand on."""
