-- A token may be opened for a wallet whose balance of it cannot be read just then. What moves it
-- from there on is a fact and is applied; what it was before is learnt later, from a pinned read.

ALTER TABLE balances ADD COLUMN known_from bigint;

-- Rows that are there know nothing of it: they need no look. What is not known is read anyway.
ALTER TABLE balances ADD CONSTRAINT balances_known CHECK (
    known_from >= 0 AND NOT (unsettled AND known_from = 9223372036854775807)) NOT VALID;

COMMENT ON COLUMN balances.known_from IS
    'the block at which it was learnt; null: at its opening; 9223372036854775807: not known yet';

CREATE INDEX balances_known_from ON balances (chain_id, known_from, token_id, wallet_id)
    WHERE known_from IS NOT NULL;
