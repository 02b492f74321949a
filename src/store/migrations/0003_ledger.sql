-- The ledger: balances, the journal that they are the sum of, and events that move nothing.
-- 115792…39936 is 2^256.

-- The free space in each page lets an update stay in its page and leave the index alone.
CREATE TABLE balances (
    wallet_id   bigint         NOT NULL REFERENCES wallets,
    chain_id    bigint         NOT NULL,
    as_of_block bigint         NOT NULL CHECK (as_of_block >= 0),
    token_id    integer        NOT NULL,
    amount      numeric(78, 0) NOT NULL,
    PRIMARY KEY (wallet_id, token_id),
    FOREIGN KEY (chain_id, token_id) REFERENCES tokens,
    CONSTRAINT balances_amount CHECK (
        amount >= 0 AND amount <
        115792089237316195423570985008687907853269984665640564039457584007913129639936)
) WITH (fillfactor = 70);

-- Double entry: `amount` goes from one side to the other. A side is a wallet, 0 (the outside
-- world) or -1 (suspense: what no event explains), so the moves of a token sum to zero in every
-- block. A row without a log (an opening, a sync, a repair) has log_index 2147483647 and takes its
-- sub_index from journal_sequence. The indexes by wallet are built once a chain stands at its head.
CREATE TABLE journal (
    chain_id     bigint         NOT NULL,
    block_number bigint         NOT NULL,
    sub_index    bigint         NOT NULL,
    debit        bigint         NOT NULL,
    credit       bigint         NOT NULL,
    epoch        integer        NOT NULL,
    log_index    integer        NOT NULL,
    token_id     integer        NOT NULL,
    kind         smallint       NOT NULL,
    event        smallint,
    orphaned     boolean        NOT NULL DEFAULT false,
    amount       numeric(78, 0) NOT NULL,
    tx_hash      bytea,
    PRIMARY KEY (chain_id, block_number, epoch, log_index, sub_index),
    CONSTRAINT journal_place CHECK (block_number >= 0 AND epoch >= 0 AND log_index >= 0
                                    AND sub_index >= 0),
    CONSTRAINT journal_sides CHECK (debit >= -1 AND credit >= -1 AND (debit > 0 OR credit > 0)),
    CONSTRAINT journal_amount CHECK (
        amount >= 0 AND amount <
        115792089237316195423570985008687907853269984665640564039457584007913129639936),
    CONSTRAINT journal_kind CHECK (kind BETWEEN 0 AND 5),
    CONSTRAINT journal_log CHECK (CASE WHEN log_index < 2147483647
        THEN octet_length(tx_hash) = 32 AND tx_hash IS NOT NULL AND event BETWEEN 0 AND 5
             AND event IS NOT NULL AND kind <= 2
        ELSE tx_hash IS NULL AND event IS NULL AND kind >= 3 END)
);

COMMENT ON COLUMN journal.kind IS '0 transfer, 1 mint, 2 burn, 3 opening, 4 sync, 5 repair';
COMMENT ON COLUMN journal.event IS
    '0 Transfer, 1 TransferSingle, 2 TransferBatch, 3 UserOperationEvent, 4 Mint, 5 Burn';

CREATE SEQUENCE journal_sequence CACHE 32 OWNED BY journal.sub_index;

-- Events that name a tracked wallet and move nothing; those that do are journal rows.
CREATE TABLE events (
    chain_id     bigint         NOT NULL,
    block_number bigint         NOT NULL CHECK (block_number >= 0),
    wallet_id    bigint         NOT NULL CHECK (wallet_id > 0),
    epoch        integer        NOT NULL CHECK (epoch >= 0),
    log_index    integer        NOT NULL CHECK (log_index >= 0),
    token_id     integer,
    event        smallint       NOT NULL CHECK (event BETWEEN 0 AND 5),
    orphaned     boolean        NOT NULL DEFAULT false,
    amount       numeric(78, 0) NOT NULL CHECK (amount >= 0),
    tx_hash      bytea          NOT NULL CHECK (octet_length(tx_hash) = 32),
    PRIMARY KEY (chain_id, block_number, epoch, log_index, wallet_id)
);
