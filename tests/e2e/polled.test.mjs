// Balances that no events tell of are read on their class's schedule, stored as of a block, and
// true there; whatever reverts is unknown and never zero.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint, tokens } from "./harness/config.mjs";
import { Contract, compiled } from "./harness/contracts.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Gate } from "./harness/gate.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { eventually } from "./harness/waiting.mjs";

const silent = 20;

describe("polled balances", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, gate, daemon, ledger, contract, alice, bob;

  const settings = () => {
    const entry = chainEntry(chain, { endpoints: [endpoint(gate.address)] });
    entry.tokens.push({ token_id: silent, kind: "erc20", symbol: "SIL", decimals: 0,
      sync_class: "other", address: contract.address });
    return configuration(lab, "data", [entry], {
      redis: { url: "none" },
      balance_sync: { local_ttl: "1ms",
        chain_sync_interval: { major_tokens: "2s", other_tokens: "2s", nfts: "4s" } },
    });
  };

  lab.before(async () => {
    chain = await Chain.start(lab);
    [alice, bob] = chain.wallets;
    contract = await Contract.deploy(chain, compiled("LyingToken"));
    gate = await Gate.before(lab, chain.address);
    daemon = await Daemon.start(lab, "daemon", settings());
    ledger = Ledger.embeddedIn(daemon.dataDir);
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const ask = ({ user_id }, token) =>
    daemon.get(daemon.balancePath(user_id, chain.chain_id, token));

  /// From the database, as of a block at or above `block`, and what the chain says there.
  async function storedSince(wallet, token, block) {
    return eventually(`${wallet.user_id}'s token ${token} since block ${block}`, async () => {
      const answer = await ask(wallet, token);
      if (answer.headers.get("x-balance-tier") !== "database") return false;
      return answer.json.block_number >= block && answer.json;
    }, { seconds: 20 });
  }

  async function assertStored(wallet, token, address) {
    const head = await chain.mine();
    const stored = await storedSince(wallet, token, head.number);
    const amount = await chain.balanceOf(address, wallet.address, stored.block_hash);
    assert.equal(stored.balance_raw, String(amount));
    assert.equal(stored.source, "cache");
    assert.ok(stored.sync_lag <= 10, `lag ${stored.sync_lag}`);
    return stored;
  }

  lab.it("are read soon after a wallet is registered, as of a block", async () => {
    await assertStored(alice, tokens.eth);
    await assertStored(alice, tokens.usdt, chain.usdt);
    await assertStored(alice, tokens.art, chain.art);
  });

  lab.it("are read again in their interval, though nobody asks and nothing tells", async () => {
    await contract.call(chain.deployer, "set", bob.address, 41n);
    await chain.mine();
    await eventually("41", async () => {
      const [stored] = await ledger.rows(`
        SELECT b.amount::text AS amount FROM balances b JOIN wallets w USING (wallet_id)
        WHERE w.user_id = '${bob.user_id}' AND b.token_id = ${silent}`);
      return stored?.amount === "41";
    }, { seconds: 20 });
    const stored = await assertStored(bob, silent, contract.address);
    assert.equal(stored.balance_raw, "41");
  });

  lab.it("what differs is in the journal, which sums to the balance", async () => {
    await contract.call(chain.deployer, "set", bob.address, 12n);
    await chain.mine();
    await eventually("12", async () => (await ask(bob, silent)).json.balance_raw === "12",
      { seconds: 20 });
    const { items } = await daemon.expect(200, "GET",
      `/v1/users/${bob.user_id}/changes?chain_id=${chain.chain_id}&token_id=${silent}`);
    assert.deepEqual(items.map(({ kind, delta_raw }) => [kind, delta_raw]),
      [["sync", "41"], ["sync", "-29"]]);
    for (const { amount, journal } of await ledger.balances(chain.chain_id, tokens.eth)) {
      assert.equal(amount, journal);
    }
  });

  lab.it("native: what a block names is read again at once, and is right", async () => {
    for (let i = 1; i <= 3; i++) {
      await chain.send(alice.address, bob.address, "0x", { value: `0x${i.toString(16)}` });
      await chain.mine();
      const head = await daemon.untilAtHead(chain);
      const { json } = await ask(bob, tokens.eth);
      assert.equal(json.balance_raw,
        String(await chain.balanceOf(undefined, bob.address, head.hash)));
    }
  });

  lab.it("a call that reverts leaves what was known, true as of its block", async () => {
    const before = await assertStored(bob, silent, contract.address);
    const code = await chain.node.call("eth_getCode", contract.address, "latest");
    await chain.node.call("anvil_setCode", contract.address, "0x60006000fd");
    await chain.mine(3);
    await eventually("an unknown read", async () =>
      (await daemon.metric("balances_polled_total", { outcome: "unknown" })) > 0, { seconds: 20 });
    const { json } = await ask(bob, silent);
    assert.equal(json.balance_raw, before.balance_raw);
    await chain.node.call("anvil_setCode", contract.address, code);
    await assertStored(bob, silent, contract.address);
  });

  lab.it("a realtime query of one is stored, too", async () => {
    await contract.call(chain.deployer, "set", alice.address, 7n);
    await chain.mine();
    const { json } = await daemon.get(
      `${daemon.balancePath(alice.user_id, chain.chain_id, silent)}?realtime=true`);
    assert.equal(json.balance_raw, "7");
    const stored = await storedSince(alice, silent, json.block_number);
    assert.equal(stored.balance_raw, "7");
  });

  lab.it("what a reorganisation took back is read again", async () => {
    await chain.send(alice.address, bob.address, "0x", { value: "0x5" });
    await chain.mine();
    await assertStored(bob, tokens.eth);
    await chain.reorg(2, []);
    await chain.mine(2);
    const head = await daemon.untilAtHead(chain);
    const stored = await storedSince(bob, tokens.eth, head.number);
    assert.equal(stored.balance_raw,
      String(await chain.balanceOf(undefined, bob.address, stored.block_hash)));
  });

  lab.it("with the chain away, what is stored still answers, older and older", async () => {
    const before = await assertStored(bob, tokens.usdt, chain.usdt);
    gate.shut();
    const lag = await eventually("lag", async () => {
      const { status, json } = await ask(bob, tokens.usdt);
      assert.equal(status, 200);
      assert.equal(json.balance_raw, before.balance_raw);
      return json.sync_lag >= 4 && json.sync_lag;
    }, { seconds: 30 });
    assert.ok(lag < 40);
    gate.open();
  });
});
