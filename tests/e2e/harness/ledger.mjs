// The ledger's tables, read past the daemon.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { postgresProgram } from "./places.mjs";
import { runWell } from "./program.mjs";

export class Ledger {
  /// Of a daemon with an embedded database, while that runs.
  static embeddedIn(dataDir) {
    const ledger = new Ledger();
    ledger.dataDir = dataDir;
    return ledger;
  }

  static at(url) {
    const ledger = new Ledger();
    ledger.url = url;
    return ledger;
  }

  /// A query's rows as objects. Numbers that may be large must be cast to text.
  async rows(query) {
    const text = await runWell(postgresProgram("psql"), [
      this.url ?? urlOfEmbedded(this.dataDir), "-XAtq", "-v", "ON_ERROR_STOP=1",
      "-c", `SELECT coalesce(json_agg(r), '[]') FROM (${query}) r`,
    ]);
    return JSON.parse(text);
  }

  async row(query) {
    return (await this.rows(query))[0];
  }

  /// {wallet_id, user_id, address, tracked_from} of the wallets that are not deleted.
  wallets(chainId) {
    return this.rows(`
      SELECT wallet_id, user_id, '0x' || encode(address, 'hex') AS address, tracked_from
      FROM wallets WHERE chain_id = ${chainId} AND deleted_at IS NULL ORDER BY wallet_id`);
  }

  /// The journal's canonical rows that come from logs, in the chain's order.
  moves(chainId, token) {
    return this.rows(`
      SELECT block_number AS block, log_index AS log, sub_index AS sub, debit, credit,
             amount::text AS amount, kind, '0x' || encode(tx_hash, 'hex') AS tx,
             nft_id::text AS nft
      FROM journal
      WHERE chain_id = ${chainId} AND token_id = ${token} AND NOT orphaned AND tx_hash IS NOT NULL
      ORDER BY block_number, log_index, sub_index, epoch`);
  }

  /// The canonical rows of no log: openings (3), syncs (4) and repairs (5).
  entries(chainId, token) {
    return this.rows(`
      SELECT block_number AS block, debit, credit, amount::text AS amount, kind,
             nft_id::text AS nft
      FROM journal
      WHERE chain_id = ${chainId} AND token_id = ${token} AND NOT orphaned AND tx_hash IS NULL`);
  }

  /// {wallet_id, amount, journal}: each balance beside what the journal says it must be.
  balances(chainId, token) {
    return this.rows(`
      WITH sides AS (
        SELECT credit AS wallet_id, amount FROM journal
        WHERE chain_id = ${chainId} AND token_id = ${token} AND NOT orphaned
        UNION ALL
        SELECT debit, -amount FROM journal
        WHERE chain_id = ${chainId} AND token_id = ${token} AND NOT orphaned)
      SELECT b.wallet_id, b.amount::text AS amount,
             (SELECT coalesce(sum(s.amount), 0)::text FROM sides s
              WHERE s.wallet_id = b.wallet_id) AS journal
      FROM balances b WHERE chain_id = ${chainId} AND token_id = ${token} ORDER BY wallet_id`);
  }

  /// Rows that no event explains: one side is suspense (-1). Also those that were taken back.
  suspense(chainId) {
    return this.rows(`
      SELECT block_number AS block, token_id, debit, credit, amount::text AS amount, kind, orphaned
      FROM journal WHERE chain_id = ${chainId} AND (debit = -1 OR credit = -1)`);
  }

  /// What all wallets together have of a token, and what came from outside less what went there:
  /// moves between the wallets are on both sides of it, so the two are the same.
  async sums(chainId, token) {
    const { held } = await this.row(`
      SELECT coalesce(sum(amount), 0)::text AS held FROM balances
      WHERE chain_id = ${chainId} AND token_id = ${token}`);
    const { came } = await this.row(`
      SELECT coalesce(sum(CASE WHEN debit = 0 THEN amount ELSE -amount END), 0)::text AS came
      FROM journal WHERE chain_id = ${chainId} AND token_id = ${token} AND NOT orphaned
        AND (debit = 0) <> (credit = 0)`);
    return { held, came };
  }

  /// Canonical blocks as {number, hash}.
  blocks(chainId) {
    return this.rows(`
      SELECT number, '0x' || encode(hash, 'hex') AS hash
      FROM blocks WHERE chain_id = ${chainId} AND NOT orphaned ORDER BY number`);
  }

  cursor(chainId) {
    return this.row(`
      SELECT cursor_number AS number, '0x' || encode(cursor_hash, 'hex') AS hash, epoch
      FROM chains WHERE chain_id = ${chainId}`);
  }
}

/// The lines of the embedded server's postmaster.pid: pid, data directory, start time, port, folder
/// of the socket (PostgreSQL documentation, "Database File Layout"). Throws while it does not run.
function postmasterLines(dataDir) {
  return readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n");
}

function urlOfEmbedded(dataDir) {
  const [, , , port, sockets] = postmasterLines(dataDir);
  const host = encodeURIComponent(sockets);
  return `postgresql://custodialbridge@/postgres?host=${host}&port=${port}`;
}

/// The pid of the embedded PostgreSQL's postmaster.
export function postmasterOf(dataDir) {
  return Number(postmasterLines(dataDir)[0]);
}
