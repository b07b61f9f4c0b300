"""The metrics: each a pure function from facts and a question to rows that know what they were computed from."""
