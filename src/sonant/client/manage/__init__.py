"""Projects and what belongs to them."""

from __future__ import annotations

from sonant.client.flavour import F
from sonant.client.manage.agents import Agents
from sonant.client.manage.billing import Billing
from sonant.client.manage.invites import Invites
from sonant.client.manage.keys import Keys
from sonant.client.manage.members import Members
from sonant.client.manage.models import ProjectModels
from sonant.client.manage.projects import Projects
from sonant.client.manage.usage import Requests


class Manage(Projects[F], Keys[F], Members[F], Invites[F], Requests[F], Billing[F], ProjectModels[F], Agents[F]):
    """Projects and what belongs to them."""
