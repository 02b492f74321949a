// Many balances at once: batches, the list of a user's, and realtime queries that share their
// calls.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { assertProblem } from "./harness/problem.mjs";

describe("queries for many balances", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, daemon, keys;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    await daemon.registerAll(chain);
    await daemon.untilAtHead(chain);
    keys = chain.wallets.flatMap(({ user_id }) =>
      [tokens.eth, tokens.cpop, tokens.usdt].map((token_id) =>
        ({ user_id, chain_id: chain.chain_id, token_id })));
  });
  after(() => lab.close());

  const query = (items, realtime) =>
    daemon.ask("POST", "/v1/balances/query", { body: { items, ...(realtime && { realtime }) } });

  /// What the chain says of each key at its head.
  const truth = () => Promise.all(keys.map(async ({ user_id, token_id }) => {
    const { address } = chain.wallets.find((wallet) => wallet.user_id === user_id);
    if (token_id === tokens.eth) return BigInt(await chain.node.call("eth_getBalance", address,
      "latest")).toString();
    const answer = await daemon.balance(user_id, chain.chain_id, token_id, "?realtime=true");
    return answer.balance_raw;
  }));

  lab.it("are answered in their order, bad ones with their problem", async () => {
    const expected = await truth();
    for (const realtime of [false, true, false]) {
      const asked = [...keys, { ...keys[0], user_id: "nobody" }, { ...keys[0], token_id: 99 },
        { ...keys[0], chain_id: 4711 }, { ...keys[0], extra: 1 }];
      const { status, json, text } = await query(asked, realtime);
      assert.equal(status, 200, text);
      assert.equal(json.items.length, asked.length);
      for (const [i, key] of keys.entries()) {
        const { user_id, chain_id, token_id, balance_raw, is_realtime } = json.items[i];
        assert.deepEqual({ user_id, chain_id, token_id }, key);
        assert.equal(balance_raw, expected[i], `${user_id}, ${token_id}, realtime: ${realtime}`);
        assert.equal(is_realtime, realtime);
      }
      assert.deepEqual(json.items.slice(keys.length).map(({ error }) => error.type),
        ["unknown-user", "unknown-token", "unknown-chain", "invalid-body"]);
    }
    const full = Array.from({ length: 1000 }, (_, i) => keys[i % keys.length]);
    assert.equal((await query(full, true)).json.items.length, 1000);
    assertProblem(await query([...full, keys[0]]), 400, "invalid-body");
  });

  lab.it("in real time are all of one block", async () => {
    const { json } = await query(keys, true);
    assert.equal(new Set(json.items.map(({ block_hash }) => block_hash)).size, 1);
  });

  lab.it("for all of a user's tokens are a list", async () => {
    const { user_id } = keys[0];
    const path = `/v1/users/${user_id}/balances`;
    const items = await daemon.walk(path, 2);
    assert.deepEqual(items.map(({ token_id }) => token_id), [0, 1, 2, 3]);
    for (const item of items.slice(0, 3)) {
      const { balance_raw } = await daemon.balance(user_id, chain.chain_id, item.token_id);
      assert.equal(item.balance_raw, balance_raw);
    }
    assert.deepEqual((await daemon.get(`${path}?chain_id=4711`)).json.items, []);
    assert.deepEqual((await daemon.get("/v1/users/nobody/balances")).json.items, []);
  });

  lab.it("that meet share their calls", async () => {
    const calls = (method) => daemon.metric("rpc_requests_total", { method });
    const path = daemon.balancePath(keys[1].user_id, chain.chain_id, tokens.cpop, "?realtime=true");
    const before = await calls("eth_call");
    const answers = await Promise.all(Array.from({ length: 100 }, () => daemon.get(path)));
    assert.ok(answers.every(({ status }) => status === 200));
    const made = await calls("eth_call") - before;
    assert.ok(made <= 50, `${made} calls for 100 queries of one key`);
  });

  lab.it("that did not change are 304 to those who have it", async () => {
    const current = daemon.balancePath(keys[0].user_id, chain.chain_id, tokens.cpop);
    const { headers } = await daemon.get(current);
    assert.match(headers.get("etag"), /^"[0-9a-f]{16}"$/);
    const spared = await daemon.get(current, { headers: { "if-none-match": "*" } });
    assert.equal(spared.status, 304);
    assert.equal(spared.text, "");
  });
});
