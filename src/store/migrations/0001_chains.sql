-- Where each chain's ledger stands, and the blocks that it has applied.

CREATE TABLE chains (
    chain_id         bigint  PRIMARY KEY CHECK (chain_id > 0),
    cursor_number    bigint  NOT NULL CHECK (cursor_number >= 0),
    cursor_hash      bytea   NOT NULL CHECK (octet_length(cursor_hash) = 32),
    epoch            integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    safe_number      bigint  CHECK (safe_number >= 0),
    finalized_number bigint  CHECK (finalized_number >= 0),
    CONSTRAINT chains_finality CHECK (safe_number >= finalized_number
                                      AND (safe_number IS NULL) = (finalized_number IS NULL))
) WITH (fillfactor = 50);

COMMENT ON COLUMN chains.epoch IS 'one more for every reorganisation that was unwound';

-- `epoch` is the chain's when the block was applied, so a block that was unwound and comes back is
-- another row.
CREATE TABLE blocks (
    chain_id     bigint      NOT NULL,
    number       bigint      NOT NULL CHECK (number >= 0),
    epoch        integer     NOT NULL CHECK (epoch >= 0),
    completeness smallint    NOT NULL CHECK (completeness BETWEEN 0 AND 2),
    orphaned     boolean     NOT NULL DEFAULT false,
    "timestamp"  timestamptz NOT NULL,
    hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
    parent_hash  bytea       NOT NULL CHECK (octet_length(parent_hash) = 32),
    PRIMARY KEY (chain_id, number, epoch)
);

CREATE UNIQUE INDEX blocks_canonical ON blocks (chain_id, number) WHERE NOT orphaned;

COMMENT ON COLUMN blocks.completeness IS '0 claimed, 1 checked, 2 proven';
