-- The machinery's tables, version 2. Final like the first: a later change is a v3 beside it.

-- What operators took out of the parking for good: the record as it was parked, why, by whom and when.

CREATE TABLE discarded (
    consumer          text NOT NULL,
    topic             text NOT NULL,
    partition         integer NOT NULL,
    "offset"          bigint NOT NULL,
    key               bytea,
    body              bytea,
    headers           json NOT NULL,
    reason            text NOT NULL,
    handler           text,
    first_error       text,
    last_error        text,
    parked_at         timestamptz NOT NULL,
    timestamp_ms      bigint NOT NULL,
    reason_discarded  text NOT NULL,
    discarded_by      text NOT NULL,
    discarded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, topic, partition, "offset")
);

-- Events of others that a reaction answered in what a restored database had lost: they are not reacted to again.
CREATE TABLE reacted (
    event_id  uuid PRIMARY KEY
);

-- A timer follows from its stream's state, and carries nothing besides.
ALTER TABLE timers DROP COLUMN payload;
