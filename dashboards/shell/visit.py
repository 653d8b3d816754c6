"""What is known of the request under way: who asks, and from which page."""

from contextvars import ContextVar
from typing import Final

from telassure.access.admission import NOBODY, Visitor

PAGE_QUERY: Final[ContextVar[str]] = ContextVar("page_query", default="")
"""The query string of the page that the request under way comes from."""
PAGE_PATH: Final[ContextVar[str]] = ContextVar("page_path", default="/")
"""Its path."""
VISITOR: Final[ContextVar[Visitor]] = ContextVar("visitor", default=NOBODY)
"""Who asks."""
