"""Which configuration and home this process works with: given, else ``analytics.yaml`` here, else the sample shop."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from assets.configuration.settings import Configuration
from assets.releases.store import ReleaseStore
from pipelines.configuration_file import load, load_sample

CONFIGURATION_VARIABLE = "ANALYTICS_CONFIG"
HOME_VARIABLE = "ANALYTICS_HOME"
DEFAULT_FILE = Path("analytics.yaml")
DEFAULT_HOME = Path("data")


@dataclass(frozen=True)
class Project:
    """A loaded configuration and where it came from.

    Attributes:
        configuration: the configuration, with absolute paths.
        file: the file it was read from; None for the sample shop's.
    """

    configuration: Configuration
    file: Path | None

    @property
    def home(self) -> Path:
        """The home directory."""
        return Path(self.configuration.home)

    @property
    def store(self) -> ReleaseStore:
        """The home's releases."""
        return ReleaseStore(self.home / "published")

    def remember(self) -> None:
        """Hand the choice to everything this process starts: the orchestrator finds the same project."""
        if self.file is not None:
            os.environ[CONFIGURATION_VARIABLE] = str(self.file)
        else:
            os.environ.pop(CONFIGURATION_VARIABLE, None)
        os.environ[HOME_VARIABLE] = str(self.home)
        os.environ["DAGSTER_HOME"] = str(self.home / "dagster")


def open_project(file: Path | None = None, home: Path | None = None) -> Project:
    """The project named by the arguments, else by the environment, else by the working directory.

    Raises:
        ConfigurationError: every problem of the file at once.
    """
    if file is None and os.environ.get(CONFIGURATION_VARIABLE):
        file = Path(os.environ[CONFIGURATION_VARIABLE])
    if home is None and os.environ.get(HOME_VARIABLE):
        home = Path(os.environ[HOME_VARIABLE])
    if file is None and DEFAULT_FILE.is_file():
        file = DEFAULT_FILE
    if file is None:
        return Project(load_sample((home or DEFAULT_HOME).resolve()), None)
    file = file.resolve()
    return Project(load(file, home=home.resolve() if home else None), file)
