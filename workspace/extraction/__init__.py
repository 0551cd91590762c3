"""What kind of file something is, and what it says in words.

Nothing here knows rows or pages: what is read apart, in a process of its own, imports only this.
"""

from workspace.extraction.kinds import OCTETS, RASTER, media_type_of
from workspace.extraction.reading import LONGEST, text_of

__all__ = ["LONGEST", "OCTETS", "RASTER", "media_type_of", "text_of"]
