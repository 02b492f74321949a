-- What is followed: tokens by their configured number, wallets by the address of a user.

CREATE TABLE tokens (
    chain_id           bigint   NOT NULL CHECK (chain_id > 0),
    token_id           integer  NOT NULL CHECK (token_id >= 0),
    kind               text     NOT NULL CHECK (kind IN ('native', 'erc20', 'erc721', 'erc1155')),
    symbol             text     NOT NULL,
    decimals           smallint NOT NULL CHECK (decimals BETWEEN 0 AND 77),
    sync_class         text     NOT NULL CHECK (sync_class IN ('cpop', 'major', 'other', 'nft')),
    address            bytea    NOT NULL CHECK (octet_length(address) = 20),
    realtime           boolean  NOT NULL,
    nft_id             numeric(78, 0) CHECK (nft_id >= 0),
    mismatch_threshold numeric(78, 0) NOT NULL CHECK (mismatch_threshold >= 0),
    on_difference      text     NOT NULL CHECK (on_difference IN ('mismatch', 'sync')),
    opened_at          bigint   CHECK (opened_at >= 0),
    PRIMARY KEY (chain_id, token_id),
    CONSTRAINT tokens_nft_id CHECK (nft_id IS NULL OR kind = 'erc1155'),
    CONSTRAINT tokens_opened CHECK (opened_at IS NULL OR realtime)
);

COMMENT ON COLUMN tokens.realtime IS 'followed from events';
COMMENT ON COLUMN tokens.opened_at IS
    'block from which its balances follow its events; null: they do not, or not yet';

CREATE TABLE wallets (
    wallet_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (wallet_id > 0),
    chain_id     bigint      NOT NULL CHECK (chain_id > 0),
    tracked_from bigint      CHECK (tracked_from >= 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz,
    is_deployed  boolean     NOT NULL,
    address      bytea       NOT NULL CHECK (octet_length(address) = 20),
    user_id      text        NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128)
);

COMMENT ON COLUMN wallets.tracked_from IS 'block of its opening snapshot; null: not there yet';

CREATE UNIQUE INDEX wallets_address ON wallets (chain_id, address) WHERE deleted_at IS NULL;
CREATE INDEX wallets_user ON wallets (user_id, chain_id, wallet_id) WHERE deleted_at IS NULL;
CREATE INDEX wallets_snapshotting ON wallets (chain_id, wallet_id)
    WHERE tracked_from IS NULL AND deleted_at IS NULL;
CREATE INDEX wallets_tracked ON wallets (chain_id, wallet_id)
    WHERE tracked_from IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX wallets_tracked_from ON wallets (chain_id, tracked_from)
    WHERE tracked_from IS NOT NULL;
