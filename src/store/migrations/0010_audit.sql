-- How far the history was proven after the fact; null: not begun.

ALTER TABLE chains ADD COLUMN audited_number bigint CHECK (audited_number >= 0);
