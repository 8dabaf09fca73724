"""Pictures: typed values and a width in, one inline SVG out."""
