// RPC endpoints that are down, slow, or of another chain.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertCachedBalancesTrue, assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const answerSeconds = 20; // a realtime query of a node that hangs gives up by then
const recoverySeconds = 60; // an endpoint that failed for long is asked again by then

describe("with one RPC endpoint", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, gate, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab);
    gate = await Gate.before(lab, chain.address);
    const entry = chainEntry(chain, { endpoints: [endpoint(gate.address)] });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [entry], {
      redis: { url: "none" },
    }));
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  /// Cached answers stay true, as of at most block `known`, and come to be `lag` seconds old.
  const growOld = (known, lag) => eventually(`a lag of ${lag} s`, async () => {
    const answers = await assertCachedBalancesTrue(daemon, chain);
    assert.ok(answers.every(({ block_number }) => block_number <= known));
    return answers.every(({ sync_lag }) => sync_lag >= lag);
  });

  async function assertRealtimeUnavailable() {
    const path = (user, token, query) => daemon.balancePath(user, chain.chain_id, token, query);
    const asked = [path("user-1", tokens.cpop, "?realtime=true"),
      path("user-1", tokens.eth, "?realtime=true"),
      path("user-9", tokens.usdt, "?realtime=true")];
    const answers = asked.map((one) => daemon.get(one, { seconds: answerSeconds }));
    for (const answer of await Promise.all(answers)) {
      assertProblem(answer, 503, "chain-unavailable");
      assert.match(answer.headers.get("retry-after"), /^[1-9]\d*$/);
    }
  }

  async function recovers() {
    await chain.transfer(chain.cpop, chain.wallets[0].address, chain.wallets[1].address, 1n);
    await chain.mine(3);
    await daemon.untilApplied(chain, (await chain.head()).number, recoverySeconds);
    await assertLedgerExact(daemon, chain, ledger);
    const answer = await daemon.balance("user-1", chain.chain_id, tokens.cpop, "?realtime=true");
    assert.equal(answer.sync_lag, 0);
    assert.ok((await daemon.balance("user-1", chain.chain_id, tokens.cpop)).sync_lag <= 2);
  }

  for (const [how, what] of [["shut", "refuses connections"], ["stall", "never answers"]]) {
    lab.it(`that ${what}: cached reads grow older and say so, the rest is 503`, async () => {
      const known = (await daemon.untilAtHead(chain)).number;
      gate[how]();
      try {
        await chain.transfer(chain.cpop, chain.wallets[1].address, chain.wallets[0].address, 2n);
        await chain.mine(2);
        await growOld(known, 2);
        await assertRealtimeUnavailable();
        await growOld(known, 4);
      } finally {
        gate.open();
      }
      await recovers();
    });
  }

  lab.it("that was down when the daemon started", async () => {
    await daemon.stop();
    gate.shut();
    await daemon.start();
    assert.equal((await daemon.get("/readyz")).status, 503);
    const cached = await daemon.get(daemon.balancePath("user-2", chain.chain_id, tokens.cpop));
    assert.equal(cached.status, 200, cached.text);
    await chain.mine(3);
    gate.open();
    await daemon.untilReady();
    await recovers();
  });
});

describe("with two RPC endpoints", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, first, second, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    first = await Gate.before(lab, chain.address);
    second = await Gate.before(lab, chain.address);
    const endpoints = [endpoint(first.address), endpoint(second.address)];
    daemon = await Daemon.start(lab, "daemon",
      configuration(lab, "data", [chainEntry(chain, { endpoints })], { redis: { url: "none" } }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  lab.it("either one may fail, in any way, and nobody notices", async () => {
    const traffic = chain.traffic({ tps: 20, seed: 9 });
    chain.mineEvery(0.5);
    for (const [gate, how] of [[first, "shut"], [second, "shut"], [first, "stall"]]) {
      gate[how]();
      await daemon.untilApplied(chain, (await chain.head()).number + 3);
      for (const { user_id } of chain.wallets.slice(0, 3)) {
        await daemon.balance(user_id, chain.chain_id, tokens.cpop, "?realtime=true");
      }
      gate.open();
      await daemon.untilApplied(chain, (await chain.head()).number + 1);
    }
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
  });
});

describe("with an endpoint of another chain", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, stranger, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    stranger = await Chain.start(lab, { name: "stranger", args: ["--chain-id", "4242"] });
  });
  after(() => lab.close());

  const start = (endpoints) => Daemon.start(lab, "daemon",
    configuration(lab, "data", [chainEntry(chain, { endpoints })], { redis: { url: "none" } }));

  lab.it("first in the list, it is excluded and the other one is used", async () => {
    daemon = await start([endpoint(stranger.address), endpoint(chain.address)]);
    await daemon.registerAll(chain);
    await stranger.mine(30);
    await chain.transfer(chain.cpop, chain.wallets[0].address, chain.wallets[1].address, 9n);
    await chain.mine();
    await assertLedgerExact(daemon, chain, Ledger.embeddedIn(daemon.dataDir));
    const { endpoints } = await daemon.status(chain.chain_id);
    assert.deepEqual(endpoints.map(({ healthy }) => healthy), [false, true]);
    await daemon.stop();
  });

  lab.it("alone, nothing of it enters the ledger", async () => {
    daemon.config.chains[0].rpc = [endpoint(stranger.address)];
    daemon.rewriteConfig();
    await daemon.start();
    const ledger = Ledger.embeddedIn(daemon.dataDir);
    const before = await ledger.cursor(chain.chain_id);
    const path = daemon.balancePath("user-1", chain.chain_id, tokens.cpop, "?realtime=true");
    assertProblem(await daemon.get(path), 503, "chain-unavailable");
    assert.equal((await daemon.get("/readyz")).status, 503);
    await stranger.mine(5);
    assert.deepEqual(await ledger.cursor(chain.chain_id), before);
    await assertCachedBalancesTrue(daemon, chain);
  });
});
