-- The machinery's tables, as every service has them. Final: a later change is a v2 beside it, never an edit here.

CREATE TABLE events (
    position        bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    id              uuid NOT NULL UNIQUE,
    category        text NOT NULL,
    stream          text NOT NULL,
    version         integer NOT NULL,
    type            text NOT NULL,
    schema_version  smallint NOT NULL,
    key             text NOT NULL,
    occurred        timestamptz NOT NULL,
    recorded        timestamptz NOT NULL DEFAULT clock_timestamp(),
    data            json NOT NULL,
    metadata        json NOT NULL,
    previous        bytea NOT NULL,
    hash            bytea NOT NULL,
    UNIQUE (stream, version)
);

CREATE TABLE idempotency (
    key       bytea PRIMARY KEY,
    body      bytea NOT NULL,
    stream    text NOT NULL,
    version   integer NOT NULL,
    answered  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE timers (
    stream   text NOT NULL,
    name     text NOT NULL,
    due      timestamptz NOT NULL,
    payload  json NOT NULL,
    PRIMARY KEY (stream, name)
);
CREATE INDEX timers_due ON timers (due);

CREATE TABLE positions (
    consumer     text NOT NULL,
    topic        text NOT NULL,
    partition    integer NOT NULL,
    next_offset  bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);

CREATE TABLE seen (
    consumer  text NOT NULL,
    stream    text NOT NULL,
    version   integer NOT NULL,
    PRIMARY KEY (consumer, stream)
);

CREATE TABLE parked_sequences (
    consumer  text NOT NULL,
    topic     text NOT NULL,
    key       bytea NOT NULL,
    since     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, topic, key)
);

CREATE TABLE parked (
    consumer     text NOT NULL,
    topic        text NOT NULL,
    partition    integer NOT NULL,
    "offset"     bigint NOT NULL,
    key          bytea,
    body         bytea,
    headers      json NOT NULL,
    reason       text NOT NULL,
    handler      text,
    first_error  text,
    last_error   text,
    parked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    timestamp_ms bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition, "offset")
);
CREATE INDEX parked_sequence ON parked (consumer, topic, key);

CREATE TABLE principals (
    id       uuid PRIMARY KEY,
    subject  text NOT NULL,
    roles    text[] NOT NULL,
    active   boolean NOT NULL,
    version  integer NOT NULL
);
CREATE INDEX principals_subject ON principals (subject) WHERE active;
