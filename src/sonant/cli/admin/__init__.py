"""`sonant admin`: what an operator does to the data folder of an engine, without HTTP and while it runs."""

from sonant.cli.admin import folder, people, projects
from sonant.cli.manage.target import Commands

ABOUT = "The data folder of an engine, for whoever runs it: works on the folder itself, also while the engine runs."
COMMANDS: Commands = {**projects.COMMANDS, **people.COMMANDS, **folder.COMMANDS}
