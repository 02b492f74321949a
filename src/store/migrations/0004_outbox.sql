-- What leaves the ledger after a commit. The counter's row is locked by the writer that takes ids
-- from it, so ids have no gaps and are in commit order.

CREATE TABLE outbox_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_id  bigint  NOT NULL DEFAULT 0 CHECK (last_id >= 0)
);

INSERT INTO outbox_counter DEFAULT VALUES;

CREATE TABLE outbox (
    id         bigint      PRIMARY KEY CHECK (id > 0),
    type       text        NOT NULL,
    payload    jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
