// Balances that events changed are read again from the chain: a token that does not do what its
// events say is found within seconds.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { eventually } from "./harness/waiting.mjs";

describe("balances that events changed", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data",
      [chainEntry(chain, { usdtFollowed: true })],
      { balance_sync: { verify_changed: "1s" } }));
    await daemon.registerAll(chain);
  });
  after(() => lab.close());

  const verified = (outcome) => daemon.metric("balances_verified_total", { outcome });

  lab.it("agree with the chain under traffic", async () => {
    const traffic = chain.traffic({ tps: 40, seed: 5 });
    chain.mineEvery(0.2);
    await eventually("many verified", async () => (await verified("agrees")) > 100,
      { seconds: 30 });
    await traffic.stop();
    await chain.mineEvery(0);
    assert.equal(await daemon.metric("balance_mismatch_total"), 0);
    assert.equal(await verified("differs"), 0);
  });

  lab.it("are set to the chain's where the token says so, and it is told", async () => {
    const [alice, bob] = chain.wallets;
    await chain.transfer(chain.usdt, alice.address, bob.address, 5n);
    await chain.setBalance(chain.usdt, bob.address, 777n);
    await chain.mine(2);
    await eventually("the chain's balance", async () =>
      (await daemon.balance(bob.user_id, chain.chain_id, tokens.usdt)).balance_raw === "782",
    { seconds: 15 });
    const token = String(tokens.usdt);
    assert.equal(await daemon.metric("balance_differences_total", { token }), 1);
    const { items } = await daemon.expect(200, "GET",
      `/v1/users/${bob.user_id}/changes?token_id=${tokens.usdt}&limit=1000`);
    assert.equal(items.filter(({ kind }) => kind === "sync").length, 1);
    assert.equal(String(items.reduce((sum, { delta_raw }) => sum + BigInt(delta_raw), 0n)), "782");
  });

  lab.it("are a mismatch where it does not, and the ledger stays", async () => {
    const [alice, bob] = chain.wallets;
    const before = await daemon.balance(bob.user_id, chain.chain_id, tokens.cpop);
    await chain.transfer(chain.cpop, alice.address, bob.address, 5n);
    await chain.setBalance(chain.cpop, bob.address, 1n);
    await chain.mine(2);
    await eventually("a mismatch", async () =>
      (await daemon.metric("balance_mismatch_total", { token: String(tokens.cpop) })) === 1,
    { seconds: 15 });
    const { balance_raw } = await daemon.balance(bob.user_id, chain.chain_id, tokens.cpop);
    assert.equal(balance_raw, String(BigInt(before.balance_raw) + 5n));
  });
});
