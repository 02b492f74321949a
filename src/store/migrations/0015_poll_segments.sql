-- Segments: polled balances of one token that were read at one block in one go. While they stay as
-- they were, one row says of all of them as of which block they are true.

CREATE TABLE poll_segments (
    segment_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (segment_id > 0),
    chain_id     bigint      NOT NULL CHECK (chain_id > 0),
    block_number bigint      CHECK (block_number >= 0),
    read_at      timestamptz,
    tried_at     timestamptz NOT NULL,
    token_id     integer     NOT NULL,
    epoch        integer     CHECK (epoch >= 0),
    polls        integer     NOT NULL CHECK (polls > 0),
    block_hash   bytea       CHECK (octet_length(block_hash) = 32),
    digest       bytea       CHECK (octet_length(digest) = 32),
    members      bytea       NOT NULL,
    FOREIGN KEY (chain_id, token_id) REFERENCES tokens,
    CONSTRAINT poll_segments_read CHECK ((block_number IS NULL) = (block_hash IS NULL)
                                         AND (block_number IS NULL) = (epoch IS NULL)
                                         AND (block_number IS NULL) = (read_at IS NULL)
                                         AND (block_number IS NULL) = (digest IS NULL))
);

-- Read whole and hardly ever written.
ALTER TABLE poll_segments ALTER COLUMN members SET STORAGE EXTERNAL;

COMMENT ON COLUMN poll_segments.digest IS
    'of the amounts of all in members, as they were stored when it was written; null: read anew';
COMMENT ON COLUMN poll_segments.members IS
    'who was in it when it was written: users, with the wallets of each. Some may have left since';

CREATE INDEX poll_segments_due ON poll_segments (chain_id, token_id, tried_at);

-- A member's block, and when it was tried, are its segment's. Whoever changes a row alone takes it
-- out of its segment.
ALTER TABLE polls ADD COLUMN segment_id bigint;
ALTER TABLE polls ALTER COLUMN tried_at DROP NOT NULL;
ALTER TABLE polls ADD CONSTRAINT polls_member CHECK (
    CASE WHEN segment_id IS NULL THEN tried_at IS NOT NULL
         ELSE tried_at IS NULL AND block_number IS NULL AND failures = 0 END)
    NOT VALID;  -- rows that are there are in no segment: they need no look

COMMENT ON COLUMN polls.segment_id IS 'it is a member of this one';

CREATE INDEX polls_members ON polls (segment_id) WHERE segment_id IS NOT NULL;
