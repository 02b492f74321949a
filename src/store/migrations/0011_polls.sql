-- Polled balances: those that no events tell of (the native currency, tokens that are not
-- followed). All of a user's wallets are read at one block, so that their sum is true there.

CREATE TABLE polls (
    chain_id      bigint      NOT NULL CHECK (chain_id > 0),
    block_number  bigint      CHECK (block_number >= 0),
    touched_block bigint      CHECK (touched_block >= 0),
    read_at       timestamptz,
    tried_at      timestamptz NOT NULL DEFAULT 'epoch',
    token_id      integer     NOT NULL,
    epoch         integer     CHECK (epoch >= 0),
    failures      integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    block_hash    bytea       CHECK (octet_length(block_hash) = 32),
    user_id       text        NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    PRIMARY KEY (user_id, chain_id, token_id),
    FOREIGN KEY (chain_id, token_id) REFERENCES tokens,
    CONSTRAINT polls_read CHECK ((block_number IS NULL) = (block_hash IS NULL)
                                 AND (block_number IS NULL) = (epoch IS NULL)
                                 AND (block_number IS NULL) = (read_at IS NULL))
) WITH (fillfactor = 80);

COMMENT ON COLUMN polls.block_number IS
    'as of which the balances of the user''s wallets are stored; null: not read, or not any more';
COMMENT ON COLUMN polls.touched_block IS 'something here names a wallet of the user';
COMMENT ON COLUMN polls.tried_at IS 'they are due by this; the epoch: at once';

CREATE INDEX polls_due ON polls (chain_id, token_id, tried_at);
CREATE INDEX polls_block ON polls (chain_id, block_number);

ALTER TABLE tokens ADD COLUMN polled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tokens.polled IS 'each user with a wallet on the chain has a row in polls';
