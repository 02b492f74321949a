// Wallets and tokens: registering, listing, deleting, and what that does to balances.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const whole = 10n ** 18n;

describe("wallets over REST", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, daemon, walletPath;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 20 });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    walletPath = (user, address) => `/v1/users/${user}/wallets/${chain.chain_id}/${address}`;
  });
  after(() => lab.close());

  const put = (user, address, body) => daemon.ask("PUT", walletPath(user, address), { body });
  const remove = (user, address) => daemon.ask("DELETE", walletPath(user, address));
  const list = (user, query = "") => daemon.get(`/v1/users/${user}/wallets${query}`);
  const balance = (user) => daemon.get(daemon.balancePath(user, chain.chain_id, tokens.cpop));

  lab.it("a new one is 201, the same again 200", async () => {
    const { address } = chain.wallets[0];
    const first = await put("ann", address, { is_deployed: false });
    assert.equal(first.status, 201);
    assert.deepEqual(Object.keys(first.json).sort(), ["address", "chain_id", "created_at",
      "is_deployed", "tracked_from_block", "tracking", "user_id"]);
    const { created_at, tracking, tracked_from_block, ...fixed } = first.json;
    assert.deepEqual(fixed,
      { user_id: "ann", chain_id: chain.chain_id, address, is_deployed: false });
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.equal(tracking === "tracked", tracked_from_block !== null);

    const again = await put("ann", address.toLowerCase(), { is_deployed: true });
    assert.equal(again.status, 200);
    assert.equal(again.json.is_deployed, true);
    assert.equal(again.json.address, address, "shown with its EIP-55 checksum");
    assert.equal(again.json.created_at, created_at);
    const [tracked] = await daemon.tracked("ann");
    assert.ok(tracked.tracked_from_block <= (await chain.head()).number);
  });

  lab.it("another user's address is 409, and stays where it is", async () => {
    const { address } = chain.wallets[0];
    const refused = await put("bob", address, { is_deployed: false });
    assertProblem(refused, 409, "wallet-owned-by-another-user");
    assertProblem(await remove("bob", address), 404, "unknown-wallet");
    assert.equal((await list("ann")).json.items.length, 1);
    assert.deepEqual((await list("bob")).json, { items: [], next_cursor: null });
  });

  lab.it("several of one user are summed", async () => {
    for (const { address } of chain.wallets.slice(1, 4)) {
      assert.equal((await put("cleo", address, {})).status, 201);
    }
    await daemon.tracked("cleo");
    assert.equal((await balance("cleo")).json.balance_raw, String(30_000n * whole));
    const [a, b, c] = chain.wallets.slice(1, 4).map(({ address }) => address);
    await chain.transfer(chain.cpop, a, b, 5n);
    await chain.transfer(chain.cpop, b, chain.wallets[0].address, 7n * whole);
    await chain.mint(chain.cpop, c, 3n);
    await chain.mine();
    await eventually("the sum after the block", async () => {
      return (await balance("cleo")).json.balance_raw === String(29_993n * whole + 3n);
    });
    const realtime = await daemon.balance("cleo", chain.chain_id, tokens.cpop, "?realtime=true");
    assert.equal(realtime.balance_raw, String(29_993n * whole + 3n));
  });

  lab.it("a deleted one counts no more, at once, and may be another user's", async () => {
    const { address } = chain.wallets[3];
    const { status, text } = await remove("cleo", address);
    assert.equal(status, 204);
    assert.equal(text, "");
    assertProblem(await remove("cleo", address), 404, "unknown-wallet");
    const two = [chain.wallets[1], chain.wallets[2]];
    const amounts = await chain.balances(two.map((wallet) => {
      return { token: chain.cpop, address: wallet.address, at: "latest" };
    }));
    assert.equal((await balance("cleo")).json.balance_raw, String(amounts[0] + amounts[1]));

    assert.equal((await put("dora", address, {})).status, 201);
    await daemon.tracked("dora");
    assert.equal((await balance("dora")).json.balance_raw,
      String(await chain.balanceOf(chain.cpop, address)));
    await remove("dora", address);
    assertProblem(await balance("dora"), 404, "unknown-user");
  });

  lab.it("lists come in pages that together are the whole", async () => {
    const addresses = chain.wallets.slice(5, 12).map(({ address }) => address);
    for (const address of addresses) await put("eve", address, {});
    const seen = [];
    let cursor = null;
    let pages = 0;
    do {
      const query = `?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
      const { status, json } = await list("eve", query);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(json).sort(), ["items", "next_cursor"]);
      assert.ok(json.items.length <= 3);
      seen.push(...json.items.map((wallet) => wallet.address));
      cursor = json.next_cursor;
      pages++;
    } while (cursor !== null && pages < 10);
    assert.deepEqual(seen.sort(), addresses.sort());
    assert.equal(pages, 3);
    assert.equal((await list("eve", `?chain_id=${chain.chain_id}`)).json.items.length, 7);
    const elsewhere = await list("eve", "?chain_id=999");
    assert.ok(elsewhere.status === 404 || elsewhere.json.items.length === 0, elsewhere.text);
    for (const query of ["?limit=0", "?limit=1001", "?limit=x", "?cursor=nonsense"]) {
      assertProblem(await list("eve", query), 400, "invalid-parameter");
    }
  });

  lab.it("the tokens are listed as they are configured", async () => {
    const { items, next_cursor } = await daemon.expect(200, "GET", "/v1/tokens");
    assert.equal(next_cursor, null);
    assert.deepEqual(items.map(({ token_id }) => token_id), [0, 1, 2, 3]);
    const [eth, cpop, usdt] = items;
    assert.equal(eth.kind, "native");
    for (const [name, value] of Object.entries({ chain_id: chain.chain_id, kind: "erc20",
      symbol: "CPOP", decimals: 18, sync_class: "cpop", address: chain.cpop, realtime: true })) {
      assert.equal(cpop[name], value, name);
    }
    assert.equal(usdt.realtime, false);
    assert.equal(usdt.decimals, 6);
    const first = await daemon.expect(200, "GET", "/v1/tokens?limit=1");
    assert.equal(first.items.length, 1);
    const rest = await daemon.expect(200, "GET",
      `/v1/tokens?cursor=${encodeURIComponent(first.next_cursor)}`);
    assert.deepEqual([...first.items, ...rest.items], items);
  });
});

describe("wallets registered under traffic", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab, { wallets: 40 });
    daemon = await Daemon.start(lab, "daemon",
      configuration(lab, "data", [chainEntry(chain)], { redis: { url: "none" } }));
  });
  after(() => lab.close());

  lab.it("join exactly, many at once", async () => {
    const traffic = chain.traffic({ tps: 60, seed: 13 });
    chain.mineEvery(0.2);
    for (let i = 0; i < chain.wallets.length; i += 5) {
      await daemon.untilApplied(chain, (await chain.head()).number + 1);
      await Promise.all(chain.wallets.slice(i, i + 5).map(({ user_id, address }) =>
        daemon.register(user_id, chain.chain_id, address)));
    }
    await daemon.registerAll(chain);
    await daemon.untilApplied(chain, (await chain.head()).number + 2);
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    const ledger = Ledger.embeddedIn(daemon.dataDir);
    await assertLedgerExact(daemon, chain, ledger);
    const wallets = await ledger.wallets(chain.chain_id);
    assert.ok(new Set(wallets.map(({ tracked_from }) => tracked_from)).size > 3);
  });
});
