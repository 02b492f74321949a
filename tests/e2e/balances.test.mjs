// From a transfer on the chain to a balance over REST, through every tier.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { RedisServer } from "./harness/redis.mjs";
import { assertCachedBalancesTrue, assertLedgerExact, assertTrue } from "./harness/truth.mjs";
import { eventually, pause } from "./harness/waiting.mjs";

const keysOfBalance = [
  "balance", "balance_raw", "block_hash", "block_number", "chain_id", "decimals", "is_realtime",
  "last_updated", "source", "symbol", "sync_lag", "token_id", "user_id",
];
const localTtl = 1000;
const whole = 10n ** 18n;

describe("a followed token's balances", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, postgres, redis, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab);
    postgres = await PostgresServer.start(lab);
    redis = await RedisServer.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      database: { url: postgres.url },
      redis: { url: redis.url },
      balance_sync: { local_ttl: `${localTtl}ms` },
    }));
    ledger = Ledger.at(postgres.url);
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const cpop = (user) => daemon.get(daemon.balancePath(user, chain.chain_id, tokens.cpop));

  lab.it("include what a wallet held before it was registered", async () => {
    for (const answer of await assertCachedBalancesTrue(daemon, chain)) {
      assert.equal(answer.balance, "10000.000000000000000000");
      assert.equal(answer.balance_raw, String(10_000n * whole));
    }
    await assertLedgerExact(daemon, chain, ledger);
  });

  lab.it("follow a block of transfers, mints and burns for every wallet", async () => {
    const [first, second, ...others] = chain.wallets.map(({ address }) => address);
    await chain.transferMany(first, others, 7n);
    await chain.transfer(chain.cpop, second, first, whole + 1n);
    await chain.transfer(chain.cpop, second, second, 5n);
    await chain.transfer(chain.cpop, second, first, 0n);
    await chain.transfer(chain.cpop, first, chain.deployer, 3n);
    await chain.mint(chain.cpop, others[0], 11n);
    await chain.burn(others[1], 13n);
    await chain.mine();
    await assertLedgerExact(daemon, chain, ledger);
    const answer = await daemon.balance("user-3", chain.chain_id, tokens.cpop);
    assert.equal(answer.balance_raw, String(10_000n * whole + 7n + 11n));
  });

  lab.it("are the new ones within one block time, for ten blocks in a row", async () => {
    const [from, to] = chain.wallets;
    const balanceOf = async ({ user_id }) => BigInt((await cpop(user_id)).json.balance_raw);
    chain.mineEvery(1);
    for (let i = 0; i < 10; i++) {
      const expected = (await balanceOf(to)) + 1n;
      const sent = await chain.transfer(chain.cpop, from.address, to.address, 1n);
      const receipt = await eventually("the transfer in a block", () => {
        return chain.node.call("eth_getTransactionReceipt", sent);
      }, { every: 5 });
      await eventually("the new balance", async () => (await balanceOf(to)) === expected,
        { every: 5 });
      const head = await chain.head();
      assert.ok(head.number <= Number(receipt.blockNumber) + 1, "a block time went by");
    }
    await chain.mineEvery(0);
  });

  lab.it("are shown with exactly the documented fields", async () => {
    await daemon.untilAtHead(chain);
    const { status, headers, json } = await cpop("user-1");
    assert.equal(status, 200);
    assert.match(headers.get("content-type"), /^application\/json\b/);
    assert.deepEqual(Object.keys(json).sort(), keysOfBalance);
    const { balance, balance_raw, last_updated, sync_lag, ...fixed } = json;
    const head = await chain.head();
    assert.deepEqual(fixed, {
      user_id: "user-1", chain_id: chain.chain_id, token_id: tokens.cpop, symbol: "CPOP",
      decimals: 18, source: "cache", is_realtime: false, block_number: head.number,
      block_hash: head.hash,
    });
    assert.match(balance, /^\d+\.\d{18}$/);
    assert.equal(balance.replace(".", "").replace(/^0+(?=\d)/, ""), balance_raw);
    assert.match(last_updated, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.ok(Number.isInteger(sync_lag) && sync_lag >= 0 && sync_lag <= 2, `lag ${sync_lag}`);
  });

  lab.it("come from local memory, Redis or the database, as the header says", async () => {
    const head = await daemon.untilAtHead(chain);
    const tier = async () => {
      const { status, headers, json } = await cpop("user-2");
      assert.equal(status, 200);
      await assertTrue(chain, [{ answer: json, address: chain.wallets[1].address }]);
      assert.equal(json.block_hash, head.hash, "the ledger stands at the head");
      assert.ok(json.sync_lag <= 2, `a lag of ${json.sync_lag} s`);
      return headers.get("x-balance-tier");
    };
    await tier(); // whichever has it
    assert.equal(await tier(), "local");
    await pause(localTtl + 100);
    assert.equal(await tier(), "redis");
    assert.equal(await tier(), "local");
    await redis.command("FLUSHALL");
    await pause(localTtl + 100);
    assert.equal(await tier(), "database");
    assert.equal(await tier(), "local");
    assert.equal(await redis.command("EXISTS", `balance:user-2:${chain.chain_id}:1`), "1\n");
    assert.ok((await daemon.metric("cache_lookups_total", { tier: "redis", outcome: "hit" })) > 0);
  });

  lab.it("never go backwards in block number while the chain moves on", async () => {
    const traffic = chain.traffic({ tps: 20, seed: 11 });
    chain.mineEvery(0.25);
    const seen = new Map();
    for (let i = 0; i < 400; i++) {
      const { user_id } = chain.wallets[i % chain.wallets.length];
      const { json } = await cpop(user_id);
      const before = seen.get(user_id) ?? 0;
      assert.ok(json.block_number >= before, `${user_id}: ${json.block_number} after ${before}`);
      seen.set(user_id, json.block_number);
      await pause(10);
    }
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2); // whatever was still waiting
    await assertLedgerExact(daemon, chain, ledger);
  });

  lab.it("of native currency and polled tokens are what the chain says", async () => {
    const { user_id, address } = chain.wallets[3];
    const expected = { eth: [undefined, 18, "ETH"], usdt: [chain.usdt, 6, "USDT"],
      art: [chain.art, 0, "ART"] };
    for (const [name, [contract, decimals, symbol]] of Object.entries(expected)) {
      const path = daemon.balancePath(user_id, chain.chain_id, tokens[name]);
      const { status, headers, json, text } = await daemon.get(path);
      assert.equal(status, 200, text);
      // Whichever is first: the syncer, which nobody waits for here, or this question.
      assert.match(headers.get("x-balance-tier"), /^(redis|database|chain)$/, name);
      assert.deepEqual(Object.keys(json).sort(), keysOfBalance);
      assert.equal(json.source, "cache");
      assert.equal(json.symbol, symbol);
      const amount = await chain.balanceOf(contract, address, json.block_hash);
      const digits = String(amount).padStart(decimals + 1, "0");
      const cut = digits.length - decimals;
      assert.equal(json.balance,
        decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`);
      await assertTrue(chain, [{ answer: json, address }]);
      assert.equal((await daemon.get(path)).headers.get("x-balance-tier"), "local", name);
    }
  });
});

describe("a 6-decimals token followed from events", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const entry = chainEntry(chain, { usdtFollowed: true });
    daemon = await Daemon.start(lab, "daemon",
      configuration(lab, "data", [entry], { redis: { url: "none" } }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  lab.it("is as exact as CPOP, beside it and without Redis", async () => {
    const [first, second] = chain.wallets;
    await chain.transfer(chain.usdt, first.address, second.address, 1_500_000n);
    await chain.mint(chain.usdt, second.address, 1n);
    await chain.transfer(chain.cpop, first.address, second.address, 1n);
    await chain.mine();
    const ledger = Ledger.embeddedIn(daemon.dataDir);
    await assertLedgerExact(daemon, chain, ledger, tokens.usdt);
    await assertLedgerExact(daemon, chain, ledger, tokens.cpop);
    const answer = await daemon.balance(second.user_id, chain.chain_id, tokens.usdt);
    assert.equal(answer.balance, "5001.500001");
    assert.equal(answer.balance_raw, "5001500001");
    assert.equal(answer.decimals, 6);
  });
});
