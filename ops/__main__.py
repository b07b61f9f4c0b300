"""`python -m ops`, which is what `./hirelog` runs."""

import logging

import structlog

from ops.app import app

# What the machinery logs would stand between the lines; what matters of it is in the command's sentence.
logging.disable(logging.CRITICAL)
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
app(prog_name="hirelog")
