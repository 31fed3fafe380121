"""How the API's voices sound, so that the nearest one that is installed can stand in for each.

Of the Aura voices the service says so itself; of the Flux voices no more is known than their names suggest.
"""

import re
from dataclasses import dataclass

DEFAULT_VOICE = "aura-asteria-en"


@dataclass(frozen=True, slots=True)
class Persona:
    """How a voice sounds."""

    gender: str
    """`feminine` or `masculine`."""
    accent: str
    """`American`, `British`, ..."""
    age: str
    """`young`, `adult` or `mature`."""


_NAMED = """
aura feminine American adult: asteria luna stella hera
aura feminine British mature: athena
aura masculine American adult: orion arcas perseus orpheus zeus
aura masculine Irish adult: angus
aura masculine British adult: helios
aura-2 feminine American young: cordelia delia iris luna
aura-2 feminine American mature: athena
aura-2 feminine Filipino young: amalthea
aura-2 feminine British adult: pandora
aura-2 feminine Australian adult: theia
aura-2 feminine American adult: andromeda asteria aurora callista cora electra harmonia helena hera janus juno minerva
aura-2 feminine American adult: ophelia phoebe selene thalia vesta
aura-2 masculine American mature: atlas
aura-2 masculine British adult: draco
aura-2 masculine Australian adult: hyperion
aura-2 masculine American adult: apollo arcas aries hermes jupiter mars neptune odysseus orion orpheus pluto saturn zeus
flux feminine American adult: alexis bree brittany brooke elise haley hannah heather kelsey meghan paige renee sharon
flux feminine American adult: sienna
flux feminine British adult: gemma
flux feminine Irish adult: maeve
flux feminine Indian adult: meena priya
flux masculine American adult: bruce cliff cole donovan drew jack kai kit marcelo marcus miles tanner wade wes
flux masculine British adult: colin rufus
flux masculine Irish adult: conor sean
flux masculine Indian adult: naveen
"""
_NAMED_ES = """
aura-2 feminine Mexican adult: estrella
aura-2 masculine Mexican adult: javier sirio
aura-2 feminine Peninsular adult: carina diana
aura-2 masculine Peninsular adult: alvaro nestor
aura-2 feminine Colombian young: celeste
aura-2 masculine Latin adult: aquila
aura-2 feminine Latin adult: selena
"""
_NAME = re.compile(r"(?P<family>aura|aura-2|flux)-(?P<voice>[a-z]+)-(?P<language>[a-z]{2})")


def _read(named: str, language: str) -> dict[str, Persona]:
    personas: dict[str, Persona] = {}
    for line in named.strip().splitlines():
        about, _, names = line.partition(": ")
        family, *traits = about.split()
        personas.update({f"{family}-{name}-{language}": Persona(*traits) for name in names.split()})
    return personas


PERSONAS = _read(_NAMED, "en") | _read(_NAMED_ES, "es")
"""By the API's names."""


def language_of(name: str) -> str:
    """The two-letter code in a name of the API's form; empty if it has another form."""
    found = _NAME.fullmatch(name)
    return found["language"] if found else ""


def family_of(name: str) -> str:
    """`aura` or `flux` for a name of the API's form; empty if it has another form."""
    found = _NAME.fullmatch(name)
    return found["family"].partition("-")[0] if found else ""
