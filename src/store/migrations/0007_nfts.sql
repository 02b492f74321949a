-- NFTs: which of a token's ids a journal row moves, and how many of each id a wallet holds.

ALTER TABLE journal ADD COLUMN nft_id numeric(78, 0);

-- Older rows have none: they need no look.
ALTER TABLE journal ADD CONSTRAINT journal_nft CHECK (
    nft_id >= 0 AND nft_id <
    115792089237316195423570985008687907853269984665640564039457584007913129639936) NOT VALID;

-- A holding is the sum of its journal rows. Rows of nothing are kept.
CREATE TABLE holdings (
    wallet_id   bigint         NOT NULL REFERENCES wallets,
    chain_id    bigint         NOT NULL,
    as_of_block bigint         NOT NULL CHECK (as_of_block >= 0),
    token_id    integer        NOT NULL,
    nft_id      numeric(78, 0) NOT NULL,
    amount      numeric(78, 0) NOT NULL,
    PRIMARY KEY (wallet_id, token_id, nft_id),
    FOREIGN KEY (chain_id, token_id) REFERENCES tokens,
    CONSTRAINT holdings_nft CHECK (nft_id >= 0),
    CONSTRAINT holdings_amount CHECK (
        amount >= 0 AND amount <
        115792089237316195423570985008687907853269984665640564039457584007913129639936)
) WITH (fillfactor = 80);
