"""CitrineOS as a backend: its PostgreSQL database, or the Hasura GraphQL server in front of it."""

from app.sources.citrineos.settings import CitrineosSettings
from app.sources.citrineos.source import CitrineosSource

__all__ = ["CitrineosSettings", "CitrineosSource"]
