"""What an engine with projects serves beside the rest. Importing it loads the database's library."""

from sonant.engine.api.agents import AGENTS
from sonant.engine.api.keys import KEYS
from sonant.engine.api.projects import PROJECTS
from sonant.engine.api.usage import USAGE

MANAGED = PROJECTS + KEYS + USAGE + AGENTS
