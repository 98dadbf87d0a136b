"""Where something is, in words and degrees, and pictures of it (OCPI Locations, nested classes)."""

from __future__ import annotations

from typing import Annotated

from app.model.enums import ImageCategory
from app.model.types import Ci, Degrees, Int, Language, Model, Open, Text, Url


class DisplayText(Model):
    language: Language
    text: Annotated[str, Text(512)]


class GeoLocation(Model):
    """WGS 84."""

    latitude: Annotated[str, Degrees(90)]
    longitude: Annotated[str, Degrees(180)]


class AdditionalGeoLocation(GeoLocation):
    name: DisplayText | None = None


class Image(Model):
    url: Url
    thumbnail: Url | None = None
    category: Annotated[str, Open(ImageCategory)]
    type: Annotated[str, Ci(4)]
    width: Annotated[int, Int(0, 99_999)] | None = None
    height: Annotated[int, Int(0, 99_999)] | None = None
