-- Tokens that were put through the API are followed whatever a configuration lists.

ALTER TABLE tokens ADD COLUMN by_api boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN tokens.by_api IS 'put through the API; no configuration has named it since';
