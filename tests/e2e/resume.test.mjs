// A reorganisation deeper than reorg_depth stops a chain until an operator says from where to go on.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const deep = { finality: "depth", confirmations: 2, reorg_depth: 4 };

/// Ten blocks with a transfer each.
async function someBlocks(chain) {
  for (let i = 0; i < 10; i++) {
    const [from, to] = [chain.wallets[i % 4], chain.wallets[(i + 3) % 8]];
    await chain.transfer(chain.cpop, from.address, to.address, BigInt(100 + i));
    await chain.mine();
  }
}

/// The newest eight blocks are replaced by nine others; the ledger's head before.
async function reorganise(chain) {
  const old = await chain.head();
  const [first, second] = chain.wallets;
  await chain.reorg(8, [chain.transferRequest(first.address, second.address, 7n)]);
  await chain.mine();
  return old;
}

const state = async (daemon, chain) => (await daemon.status(chain.chain_id)).state;

async function stopByDeepReorg(daemon, chain) {
  await someBlocks(chain);
  await daemon.untilAtHead(chain);
  const old = await reorganise(chain);
  await eventually("a stopped chain", async () => await state(daemon, chain) === "stopped");
  return old;
}

describe("a chain that was reorganised too deep", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, other, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab);
    other = await Chain.start(lab, { name: "other", args: ["--chain-id", "31338"] });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [
      chainEntry(chain, deep), chainEntry(other),
    ]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
    await daemon.registerAll(other);
    other.mineEvery(0.5);
  });
  after(() => lab.close());

  const resume = (body, id = chain.chain_id) => {
    return daemon.ask("POST", `/v1/admin/chains/${id}/resume`, { body });
  };
  const command = (from, id = chain.chain_id) => {
    return daemon.command("resume", "--chain", String(id), "--from-block", String(from));
  };

  async function assertFollowedAgain() {
    await daemon.untilReady();
    await assertLedgerExact(daemon, chain, ledger);
    await eventually("the status to say so", async () => {
      return await state(daemon, chain) === "following";
    });
  }

  async function assertStopped() {
    const { status, json } = await daemon.get("/readyz");
    assert.equal(status, 503);
    const check = json.checks.find(({ name }) => name === `chain:${chain.chain_id}`);
    assert.match(check.detail, /reorganised/);
  }

  lab.it("grows old, while another chain does not notice", async () => {
    const old = await stopByDeepReorg(daemon, chain);
    await assertStopped();
    const { number } = await other.head();
    await daemon.untilApplied(other, number + 4);
    assert.equal(await state(daemon, other), "following");
    await eventually("a growing lag", async () => {
      const answer = await daemon.balance("user-1", chain.chain_id, tokens.cpop);
      assert.equal(answer.block_hash, old.hash);
      return answer.sync_lag >= 3;
    });
  });

  lab.it("is followed again by the command, from a block that it still has", async () => {
    const stored = await ledger.cursor(chain.chain_id);
    const common = stored.number - 8;
    for (const from of [stored.number, common + 1, stored.number + 100]) {
      const { code, stderr } = await command(from);
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`in common there is block ${common}\\n`));
    }
    for (const wrong of ["5", "0", "x"]) {
      const { code, stderr } = await command(common, wrong);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /chain/);
    }
    for (const from of ["-1", "x", "9223372036854775808", "1.5"]) {
      const { code, stderr } = await command(from);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /--from-block/);
    }
    assert.deepEqual(await ledger.cursor(chain.chain_id), stored, "a refusal changes nothing");
    await assertStopped();
    const { code, stdout, stderr } = await command(common);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`chain ${chain.chain_id}: .*reversed to block ${common}\\b`));
    await assertFollowedAgain();
    assert.equal((await ledger.cursor(chain.chain_id)).epoch, stored.epoch + 1);
  });

  lab.it("is followed again by the route", async () => {
    const old = await stopByDeepReorg(daemon, chain);
    const refused = await resume({ from_block: old.number });
    assertProblem(refused, 409, "resume-refused");
    assert.match(refused.json.detail, new RegExp(`block ${old.number - 8}$`));
    assertProblem(await resume({ from_block: 1 }, 5), 404, "unknown-chain");
    assertProblem(await resume({ from_block: "1" }), 400, "invalid-body");
    assertProblem(await resume({ from_block: 1, force: true }), 400, "invalid-body");
    await assertStopped();
    const answer = await resume({ from_block: old.number - 8 });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.chain_id, chain.chain_id);
    assert.notEqual(answer.json.state, "stopped");
    assert.ok(answer.json.cursor >= old.number - 8);
    await assertFollowedAgain();
  });

  lab.it("is followed again by the command while no daemon runs", async () => {
    await someBlocks(chain);
    await daemon.untilAtHead(chain);
    await daemon.stop();
    const old = await reorganise(chain);
    const refused = await command(old.number);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, new RegExp(`in common there is block ${old.number - 8}\\n`));
    const { code, stderr } = await command(old.number - 8);
    assert.equal(code, 0, stderr);
    assert.deepEqual(lab.inhabitants(daemon.dataDir), [], "the command stopped what it started");
    await daemon.start();
    await assertFollowedAgain();
  });

  lab.it("may also be rewound while it is well, and under traffic", async () => {
    const traffic = chain.traffic({ tps: 25, seed: 11 });
    chain.mineEvery(0.2);
    await daemon.untilApplied(chain, (await chain.head()).number + 10);
    const { number, epoch } = await ledger.cursor(chain.chain_id);
    const answer = await resume({ from_block: number - 9 });
    assert.equal(answer.status, 200, answer.text);
    await daemon.untilApplied(chain, number + 5);
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    await assertFollowedAgain();
    assert.equal((await ledger.cursor(chain.chain_id)).epoch, epoch + 1);
  });
});

describe("a stopped chain of two daemons", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, ledger, daemons;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const postgres = await PostgresServer.start(lab);
    ledger = Ledger.at(postgres.url);
    daemons = [];
    for (const name of ["first", "second"]) {
      daemons.push(await Daemon.start(lab, name,
        configuration(lab, name, [chainEntry(chain, deep)], {
          database: { url: postgres.url }, redis: { url: "none" },
        })));
    }
    await daemons[0].registerAll(chain);
  });
  after(() => lab.close());

  lab.it("is followed again when the one is asked that stands by", async () => {
    const old = await stopByDeepReorg(daemons[0], chain);
    const answer = await daemons[1].ask("POST", `/v1/admin/chains/${chain.chain_id}/resume`,
      { body: { from_block: old.number - 8 } });
    assert.equal(answer.status, 200, answer.text);
    const head = await chain.head();
    for (const daemon of daemons) {
      await daemon.untilApplied(chain, head.number);
      await daemon.untilReady();
    }
    await assertLedgerExact(daemons[0], chain, ledger);
  });
});
