"""Metrics and logs. A log line never holds a body or a personal field: only ids, types, counts and error classes."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

RELAY_POSITION = Gauge("hirelog_relay_position", "Last position that stands on Kafka")
RELAY_AGE = Gauge("hirelog_relay_age_seconds", "Age of the oldest event of the last batch when it was published")
RELAY_BATCH = Histogram("hirelog_relay_batch_events", "Events per Kafka transaction", buckets=(1, 10, 100, 500, 2000))
RELAY_VOIDS = Gauge("hirelog_relay_voids", "Positions stepped over because their transaction rolled back")
CONSUMED = Counter("hirelog_consumed_total", "Records taken from Kafka", ["consumer", "outcome"])
CONSUMER_LAG = Gauge("hirelog_consumer_lag_records", "Records not yet taken", ["consumer"])
PARKED = Gauge("hirelog_parked_sequences", "Keys that are parked, and records that are parked alone", ["consumer"])
REQUESTS = Histogram("hirelog_http_seconds", "HTTP requests", ["operation", "status"])


def configure_logs(service: str, level: int = logging.INFO) -> None:
    """JSON lines on standard error. Tracebacks show places, never values."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format='{"logger":"%(name)s","event":"%(message)s"}')
    # The libraries log the statements and values they fail on; ours are enough.
    for noisy in ("asyncio", "aiokafka", "sqlalchemy", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL if noisy == "uvicorn.access" else logging.ERROR)
