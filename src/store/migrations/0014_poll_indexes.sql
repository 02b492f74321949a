-- Plans that were made while there were hardly any rows looked a user's row up by what begins with
-- the chain. These two are only for statements that ask by time, or by block.

DROP INDEX polls_due;
DROP INDEX polls_block;
CREATE INDEX polls_due ON polls (chain_id, token_id, tried_at) WHERE tried_at IS NOT NULL;
CREATE INDEX polls_block ON polls (chain_id, block_number) WHERE block_number IS NOT NULL;
