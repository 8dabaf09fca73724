"""The error of a landing, in a module that loads nothing: commands that end quickly know it, too."""


class LandingError(Exception):
    """A source from which nothing can be read: the night is blocked."""
