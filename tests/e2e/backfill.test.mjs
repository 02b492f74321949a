// History from start_block on is filled in, whoever registers when, and wherever it is interrupted.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually, pause } from "./harness/waiting.mjs";

const blocks = 400;

describe("a daemon that starts in the middle of a chain's history", { timeout: 300_000 }, () => {
  const lab = new Lab();
  let chain, gate, startBlock;

  lab.before(async () => {
    chain = await Chain.start(lab, { args: ["--slots-in-an-epoch", "1"] });
    gate = await Gate.before(lab, chain.address);
    startBlock = chain.block_number + 1;
    for (let i = 0; i < blocks; i++) {
      const [from, to, third] = [0, 1, 2].map((n) => chain.wallets[(i * 7 + n) % 10].address);
      await chain.transferMany(from, [to, third], BigInt(i + 1));
      if (i % 10 === 0) await chain.mint(chain.cpop, to, 1n);
      if (i % 10 === 5) await chain.burn(third, 1n);
      await chain.mine();
    }
  });
  after(() => lab.close());

  /// A daemon over an empty database of its own; small ranges, so that catching up has many steps,
  /// and no proofs: a chain that proves its blocks would be walked.
  async function newDaemon(name, others = {}) {
    const postgres = await PostgresServer.start(lab, `postgres-${name}`);
    const endpoints = [{ ...endpoint(gate.address), max_log_range: 20 }];
    const entry = chainEntry(chain,
      { endpoints, start_block: startBlock, integrity: "none", ...others });
    const daemon = new Daemon(lab, name, configuration(lab, `data-${name}`, [entry], {
      database: { url: postgres.url },
      redis: { url: "none" },
    }));
    daemon.ledger = Ledger.at(postgres.url);
    daemon.postgres = postgres;
    return daemon;
  }

  const register = async (daemon, wallets) => {
    for (const { user_id, address } of wallets) {
      assert.equal((await daemon.register(user_id, chain.chain_id, address)).status, 201);
    }
  };

  async function finish(daemon) {
    await daemon.stop();
    await daemon.postgres.stop();
  }

  lab.it("snapshots wallets that are registered after catching up", async () => {
    const daemon = await newDaemon("late");
    await daemon.start();
    await daemon.untilReady();
    await register(daemon, chain.wallets);
    for (const { user_id } of chain.wallets) await daemon.tracked(user_id);
    await chain.mine();
    await assertLedgerExact(daemon, chain, daemon.ledger);
    await finish(daemon);
  });

  lab.it("begins before the contracts were made, for wallets that were there first", async () => {
    const daemon = await newDaemon("genesis", { start_block: 0 });
    gate.shut();
    await daemon.start();
    await register(daemon, chain.wallets);
    gate.open();
    await daemon.untilReady();
    await assertLedgerExact(daemon, chain, daemon.ledger);
    for (const { user_id, address } of chain.wallets) {
      const [{ tracked_from_block }] = await daemon.tracked(user_id);
      assert.equal(tracked_from_block, 0);
      const path = daemon.balancePath(user_id, chain.chain_id, tokens.cpop);
      const none = await daemon.expect(200, "GET", `${path}?at_block=0`);
      assert.equal(none.balance_raw, "0");
      const { balance_raw } = await daemon.expect(200, "GET", `${path}?at_block=${startBlock}`);
      assert.equal(balance_raw, String(await chain.balanceOf(chain.cpop, address, startBlock)));
    }
    await finish(daemon);
  });

  lab.it("replays all of it for wallets that were registered before", async () => {
    const daemon = await newDaemon("early");
    gate.shut();
    await daemon.start();
    await register(daemon, chain.wallets);
    gate.open();
    await daemon.untilReady();
    await assertLedgerExact(daemon, chain, daemon.ledger);
    const moves = await daemon.ledger.moves(chain.chain_id, tokens.cpop);
    assert.ok(moves.length >= 2 * blocks, `only ${moves.length} moves`);
    await finish(daemon);
  });

  lab.it("goes on where it was killed, with wallets joining on the way", async () => {
    const daemon = await newDaemon("killed");
    const stops = new Set();
    gate.shut();
    await daemon.start();
    await register(daemon, chain.wallets.slice(0, 4));
    gate.slow(100);  // the way is long enough to be killed on, however fast the machine is
    gate.open();
    const head = (await chain.head()).number;
    const reached = async () => (await daemon.ledger.cursor(chain.chain_id))?.number ?? 0;
    for (let i = 0; i < 12; i++) {
      const before = await reached();
      // At once, or right after a range was committed, however slow the machine is.
      const wentOn = async () => await reached() > Math.min(before, head - 1);
      if (i % 2) await eventually("a range more", wentOn, { every: 2 });
      else await pause(20 * i);
      await daemon.crash();
      const cursor = await daemon.ledger.cursor(chain.chain_id);
      if (cursor && cursor.number >= startBlock && cursor.number < head) stops.add(cursor.number);
      await daemon.start();
      const wallet = chain.wallets[4 + (i % 6)];
      await daemon.register(wallet.user_id, chain.chain_id, wallet.address);
    }
    gate.slow(0);
    assert.ok(stops.size > 0, "it was never killed on the way");
    await daemon.untilReady();
    await assertLedgerExact(daemon, chain, daemon.ledger);
    await finish(daemon);
  });

  lab.it("hands over to following without a gap while blocks keep coming", async () => {
    const daemon = await newDaemon("handover");
    const traffic = chain.traffic({ tps: 30, seed: 12 });
    chain.mineEvery(0.1);
    gate.shut();
    await daemon.start();
    await register(daemon, chain.wallets.slice(0, 5));
    gate.open();
    await daemon.untilReady();
    await register(daemon, chain.wallets.slice(5));
    await daemon.untilApplied(chain, (await chain.head()).number + 10);
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    await eventually("all wallets tracked", async () => {
      const wallets = await daemon.ledger.wallets(chain.chain_id);
      return wallets.every(({ tracked_from }) => tracked_from !== null);
    });
    await assertLedgerExact(daemon, chain, daemon.ledger);
    const [first] = await daemon.ledger.wallets(chain.chain_id);
    assert.equal(first.tracked_from, startBlock - 1);
    await finish(daemon);
  });
});
