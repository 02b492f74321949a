-- Operators' orders to reverse a chain's ledger to a block and follow the chain again from there.
-- They are kept: a reversal is a thing to account for.

CREATE TABLE resume_orders (
    order_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain_id    bigint      NOT NULL REFERENCES chains,
    from_block  bigint      NOT NULL CHECK (from_block >= 0),
    epoch       integer     CHECK (epoch > 0),
    ordered_at  timestamptz NOT NULL DEFAULT now(),
    good_until  timestamptz NOT NULL,
    ended_at    timestamptz,
    refusal     text,
    CONSTRAINT resume_orders_outcome CHECK (
        CASE WHEN ended_at IS NULL THEN epoch IS NULL AND refusal IS NULL
             ELSE (epoch IS NULL) <> (refusal IS NULL) END)
);

COMMENT ON COLUMN resume_orders.epoch IS 'of the ledger since it was reversed; null: it was not';

CREATE INDEX resume_orders_waiting ON resume_orders (chain_id, order_id) WHERE ended_at IS NULL;
