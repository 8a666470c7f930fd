"""ComponentSets become one Inventory: a pure function, whatever the order of its inputs."""

from firmbom.merge.combine import combine
from firmbom.merge.inventory import merge

__all__ = ["combine", "merge"]
