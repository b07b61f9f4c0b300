"""Words that callers choose themselves, bounded."""

from typing import Annotated

from pydantic import Field

Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w .-]+$")]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166, chooses the region's policy")]
