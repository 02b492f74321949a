-- An index that begins with the chain may be chosen for a user's wallets while there are hardly any
-- wallets, and such plans are kept: each user's wallets were then looked for among all of a chain.

DROP INDEX wallets_address;
CREATE UNIQUE INDEX wallets_address ON wallets (address, chain_id) WHERE deleted_at IS NULL;
