// The chain changes its mind; the ledger follows, and keeps what it had to take back.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { repetitions } from "./harness/places.mjs";
import { assertCachedBalancesTrue, assertLedgerExact } from "./harness/truth.mjs";
import { eventually, pause } from "./harness/waiting.mjs";

describe("a chain reorganisation", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger, latecomer;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 9 });
    latecomer = chain.wallets.pop();
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  /// Blocks with a transfer each, and the ledger behind them.
  async function someBlocks(count) {
    for (let i = 0; i < count; i++) {
      const [from, to] = [chain.wallets[i % 8], chain.wallets[(i + 3) % 8]];
      await chain.transfer(chain.cpop, from.address, to.address, BigInt(1000 + i));
      await chain.send(from.address, to.address, "0x", { value: "0x10" });
      await chain.mine();
    }
    return daemon.untilAtHead(chain);
  }

  const orphaned = (table) => ledger.row(
    `SELECT count(*)::int AS rows FROM ${table} WHERE orphaned AND chain_id = ${chain.chain_id}`);

  async function assertReplaced(old) {
    assert.notEqual((await chain.block(old.number))?.hash, old.hash, "nothing was replaced");
    await assertLedgerExact(daemon, chain, ledger);
    await assertCachedBalancesTrue(daemon, chain, tokens.eth);
  }

  lab.it("of four blocks, with other transfers in them, is followed", async () => {
    const old = await someBlocks(6);
    await assertCachedBalancesTrue(daemon, chain, tokens.eth);
    const before = await orphaned("journal");
    const { epoch } = await ledger.cursor(chain.chain_id);
    const [first, second] = chain.wallets;
    await chain.reorg(4, [chain.transferRequest(first.address, second.address, 5n)]);
    await assertReplaced(old);
    const after = await orphaned("journal");
    assert.equal(after.rows, before.rows + 4, "the rows of four transfers are kept, marked");
    assert.ok((await orphaned("blocks")).rows >= 4);
    assert.equal((await ledger.cursor(chain.chain_id)).epoch, epoch + 1);
    assert.equal(await daemon.metric("reorgs_total"), 1);
  });

  lab.it("to a shorter chain is followed as soon as it has a block of its own", async () => {
    const old = await someBlocks(5);
    await chain.node.call("anvil_rollback", 3);
    await chain.mine();
    await eventually("the shorter chain", async () => {
      return (await ledger.cursor(chain.chain_id)).number === old.number - 2;
    });
    await assertReplaced(old);
  });

  lab.it("that takes a wallet's opening block away opens the wallet again", async () => {
    await someBlocks(2);
    const { user_id, address } = latecomer;
    await daemon.register(user_id, chain.chain_id, address);
    const [{ tracked_from_block: opened }] = await daemon.tracked(user_id);
    const old = await someBlocks(2);
    await chain.reorg(old.number - opened + 2, []);
    await chain.mint(chain.cpop, address, 77n);
    await chain.mine();
    await daemon.untilAtHead(chain);
    await daemon.tracked(user_id);
    chain.wallets.push(latecomer);
    await assertReplaced(old);
  });

  for (const how of ["stop", "crash"]) {
    lab.it(`while the daemon was down (${how}) is followed when it starts`, async () => {
      const old = await someBlocks(6);
      await daemon[how]();
      await chain.reorg(5, []);
      await chain.transfer(chain.cpop, chain.wallets[0].address, chain.wallets[5].address, 3n);
      await chain.mine(how === "stop" ? 1 : 3);
      await daemon.start();
      await daemon.untilReady();
      await assertReplaced(old);
    });
  }

  lab.it("again and again under traffic leaves the ledger exact", async () => {
    const before = await daemon.metric("reorgs_total");
    const traffic = chain.traffic({ tps: 25, seed: 10 });
    const reorgs = repetitions(8, 3);
    for (let i = 0; i < reorgs; i++) {
      chain.mineEvery(0.2);
      const { number } = await chain.head();
      await daemon.untilApplied(chain, number + 5);
      await chain.mineEvery(0);
      await pause(50); // a block that is being mined
      await chain.reorg(1 + ((i * 3) % 5), []);
    }
    await traffic.stop();
    await chain.mine(2);
    await assertLedgerExact(daemon, chain, ledger);
    assert.ok((await daemon.metric("reorgs_total")) > before);
  });
});

describe("a reorganisation deeper than reorg_depth", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const entry = chainEntry(chain, { finality: "depth", confirmations: 2, reorg_depth: 4 });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry]));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  lab.it("stops the chain: readyz says so, and cached reads grow older", async () => {
    for (let i = 0; i < 10; i++) {
      await chain.transfer(chain.cpop, chain.wallets[0].address, chain.wallets[1].address, 1n);
      await chain.mine();
    }
    const old = await daemon.untilAtHead(chain);
    await chain.reorg(8, []);
    await chain.mine();
    await eventually("a stopped chain", async () => {
      return (await daemon.status(chain.chain_id)).state === "stopped";
    });
    const { status, json } = await daemon.get("/readyz");
    assert.equal(status, 503);
    const check = json.checks.find(({ name }) => name === `chain:${chain.chain_id}`);
    assert.equal(check.ok, false);
    assert.match(check.detail, /reorg/);
    await eventually("a growing lag", async () => {
      const answer = await daemon.balance("user-1", chain.chain_id, tokens.cpop);
      assert.equal(answer.block_hash, old.hash);
      return answer.sync_lag >= 3;
    });
    assert.equal((await daemon.get("/livez")).status, 200);
  });
});
