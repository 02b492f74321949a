-- Balances that could not pay for a delta: cut at zero, and to be read again, pinned.

ALTER TABLE balances ADD COLUMN unsettled boolean NOT NULL DEFAULT false;

CREATE INDEX balances_unsettled ON balances (chain_id) WHERE unsettled;
