-- Which contract told of an event that is of no token: an EntryPoint.

ALTER TABLE events ADD COLUMN contract bytea
    CONSTRAINT events_contract CHECK (octet_length(contract) = 20);
