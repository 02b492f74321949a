-- Who writes: each daemon that takes a chain's lead begins a new term, and units of work planned
-- under an older one are refused.

ALTER TABLE chains ADD COLUMN term bigint NOT NULL DEFAULT 0 CHECK (term >= 0);
