// The native currency has no events: a transaction that names a wallet says that its balance is to
// be read again.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";

for (const integrity of ["auto", "none"])
  describe(`native balances with integrity ${integrity}`, { timeout: 120_000 }, () => {
    const lab = new Lab();
    let chain, daemon;

    lab.before(async () => {
      chain = await Chain.start(lab);
      daemon = await Daemon.start(lab, "daemon", configuration(lab, "data",
        [chainEntry(chain, { integrity })], { balance_sync: { redis_ttl: "1h", local_ttl: "1h" } }));
      await daemon.registerAll(chain);
    });
    after(() => lab.close());

    const ask = ({ user_id }) =>
      daemon.get(daemon.balancePath(user_id, chain.chain_id, tokens.eth));

    lab.it("are cached, and read again once a block names the wallet", async () => {
      const [alice, bob, carol] = chain.wallets;
      for (let i = 0; i < 5; i++) {
        for (const one of [alice, bob, carol]) await ask(one);
        assert.equal((await ask(carol)).headers.get("x-balance-tier"), "local");
        await chain.send(alice.address, bob.address, "0x", { value: `0x${(1000 + i).toString(16)}` });
        await chain.mine();
        const head = await daemon.untilAtHead(chain);
        for (const { user_id, address } of [alice, bob]) {
          const { json } = await ask({ user_id });
          const amount = await chain.balanceOf(undefined, address, head.hash);
          assert.equal(json.balance_raw, String(amount));
        }
        assert.equal((await ask(carol)).headers.get("x-balance-tier"), "local", "nothing named it");
      }
    });
  });
