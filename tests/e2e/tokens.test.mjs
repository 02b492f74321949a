// Tokens that are put while daemons run: followed from then on, by all of them, also after a start.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { eventually } from "./harness/waiting.mjs";

describe("a token that is put while daemons run", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, first, second, path, usdt;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const postgres = await PostgresServer.start(lab);
    const entry = chainEntry(chain);
    entry.tokens = entry.tokens.filter(({ token_id }) => token_id !== tokens.usdt);
    const start = (name) => Daemon.start(lab, name, configuration(lab, name, [entry], {
      database: { url: postgres.url }, redis: { url: "none" },
      balance_sync: { local_ttl: "200ms" },
    }));
    first = await start("first");
    second = await start("second");
    await first.registerAll(chain);
    path = `/v1/tokens/${chain.chain_id}/${tokens.usdt}`;
    usdt = { kind: "erc20", symbol: "USDT", decimals: 6, sync_class: "major",
      address: chain.usdt, realtime: true };
  });
  after(() => lab.close());

  const put = (daemon, body, at = path) => daemon.ask("PUT", at, { body });
  const users = () => chain.wallets.map(({ user_id }) => user_id);

  /// Of every user, what the daemon says equals what the chain says.
  async function assertFollowed(daemon) {
    const head = await chain.head();
    await eventually("the token at the head", async () => {
      const { block_number, source } = await daemon.balance(users()[0], chain.chain_id,
        tokens.usdt);
      return source === "cache" && block_number >= head.number;
    });
    for (const user of users()) {
      const cached = await daemon.balance(user, chain.chain_id, tokens.usdt);
      const live = await daemon.balance(user, chain.chain_id, tokens.usdt, "?realtime=true");
      assert.equal(cached.balance_raw, live.balance_raw, user);
    }
  }

  lab.it("is not known before", async () => {
    const balance = first.balancePath(users()[0], chain.chain_id, tokens.usdt);
    assertProblem(await first.get(balance), 404, "unknown-token");
  });

  lab.it("is followed from then on by each of them", async () => {
    const { status, json, text } = await put(second, usdt);
    assert.equal(status, 200, text);
    assert.equal(json.realtime, true);
    assert.equal(json.on_difference, "sync");
    const listed = async (daemon) => (await daemon.get("/v1/tokens")).json.items
      .find(({ token_id }) => token_id === tokens.usdt);
    assert.deepEqual(await listed(second), json);
    await eventually("the other one knows it", () => listed(first));
    const traffic = chain.traffic({ tps: 20, seed: 5 });
    chain.mineEvery(0.3);
    await first.untilApplied(chain, (await chain.head()).number + 10);
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(1);
    for (const daemon of [first, second]) await assertFollowed(daemon);
    const user = users()[0];
    const { json: changes } = await first.get(`/v1/users/${user}/changes?token_id=${tokens.usdt}`);
    assert.ok(changes.items.length > 0);
    const sum = changes.items.reduce((all, { delta_raw }) => all + BigInt(delta_raw), 0n);
    const { balance_raw } = await first.balance(user, chain.chain_id, tokens.usdt);
    assert.equal(sum, BigInt(balance_raw));
  });

  lab.it("is there again after a start", async () => {
    await first.stop();
    await first.start();
    await first.untilReady();
    await chain.mine(1);
    await assertFollowed(first);
    const { json } = await first.get(`/v1/users/${users()[0]}/balances`);
    assert.ok(json.items.some(({ symbol }) => symbol === "USDT"));
  });

  lab.it("cannot take another's place", async () => {
    assertProblem(await put(first, { ...usdt, address: chain.cpop }), 409, "token-conflict");
    const other = `/v1/tokens/${chain.chain_id}/77`;
    assertProblem(await put(first, usdt, other), 409, "token-conflict");
    const cpop = `/v1/tokens/${chain.chain_id}/${tokens.cpop}`;
    assertProblem(await put(first, { ...usdt, address: chain.cpop, sync_class: "cpop" }, cpop),
      409, "token-conflict");
    assertProblem(await put(first, { ...usdt, decimals: undefined }), 400, "invalid-body");
    assertProblem(await put(first, usdt, `/v1/tokens/4711/${tokens.usdt}`), 404, "unknown-chain");
    const renamed = await put(first, { ...usdt, symbol: "USD" });
    assert.equal(renamed.json.symbol, "USD");
  });
});
