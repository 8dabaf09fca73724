"""What holds for every test: how long an example takes is no claim where a machine has other work."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
