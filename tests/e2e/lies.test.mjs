// An endpoint that leaves logs out of eth_getLogs under the right block hashes: the receipts say
// otherwise, and they count.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { Liar } from "./harness/liar.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { assertLedgerExact } from "./harness/truth.mjs";

const blocks = 200; // more than are walked in one beat

describe("an endpoint that leaves logs out", { timeout: 200_000 }, () => {
  const lab = new Lab();
  let chain, liar, startBlock;

  lab.before(async () => {
    chain = await Chain.start(lab, { args: ["--slots-in-an-epoch", "1"] });
    liar = await Liar.before(lab, chain.address);
    liar.omitSomeLogs(3);
    startBlock = chain.block_number + 1;
    for (let i = 0; i < blocks; i++) {
      const [from, to] = [0, 1].map((n) => chain.wallets[(i * 7 + n) % 10].address);
      await chain.transfer(chain.cpop, from, to, BigInt(i + 1));
      await chain.mine();
    }
  });
  after(() => lab.close());

  async function newDaemon(name, others = {}) {
    const postgres = await PostgresServer.start(lab, `postgres-${name}`);
    const endpoints = [liar.endpoint];
    const entry = chainEntry(chain, { endpoints, start_block: startBlock, ...others });
    const daemon = new Daemon(lab, name, configuration(lab, `data-${name}`, [entry],
      { database: { url: postgres.url }, redis: { url: "none" } }));
    const ledger = Ledger.at(postgres.url);
    return { daemon, ledger };
  }

  const cases = [["auto"], ["receipts_root"], ["auto", "eth_getBlockReceipts"]];
  for (const [integrity, ...lacking] of cases) {
    const how = [`integrity ${integrity}`, ...lacking.map((method) => `no ${method}`)].join(", ");
    lab.it(`misleads nobody who catches up or follows with ${how}`, async () => {
      liar.lacks(...lacking);
      const { daemon, ledger } = await newDaemon(how.replace(/\W/g, "-"), { integrity });
      await daemon.start();
      await daemon.registerAll(chain);
      await daemon.untilReady();
      const traffic = chain.traffic({ tps: 30, seed: 3 });
      chain.mineEvery(0.1);
      await daemon.untilApplied(chain, (await chain.head()).number + 30);
      await traffic.stop();
      await chain.mineEvery(0);
      await chain.mine(2);
      await assertLedgerExact(daemon, chain, ledger);
      const { completeness } = await daemon.status(chain.chain_id);
      assert.equal(completeness, "proven");
      await daemon.stop();
      liar.lacks();
    });
  }

  lab.it("that misplaces them is put aside by who catches up, and another is asked", async () => {
    liar.misplaceLogs();
    const { daemon, ledger } = await newDaemon("misplaced",
      { integrity: "none", endpoints: [liar.endpoint, endpoint(chain.address)] });
    await daemon.start();
    await daemon.registerAll(chain);
    await daemon.untilReady();
    assert.ok(liar.told > 0, "nothing was misplaced");
    await assertLedgerExact(daemon, chain, ledger);
    await daemon.stop();
    liar.omitSomeLogs(3);
  });

  lab.it("misleads who asks for no integrity: the lie is one", async () => {
    const { daemon, ledger } = await newDaemon("none", { integrity: "none" });
    await daemon.start();
    await daemon.registerAll(chain);
    await daemon.untilReady();
    const before = liar.told;
    for (const [i, { address }] of chain.wallets.entries()) {
      await chain.transfer(chain.cpop, address, chain.wallets[(i + 1) % 10].address, 7n);
      await chain.mine();
    }
    await daemon.untilAtHead(chain);
    assert.ok(liar.told > before, "nothing was left out");
    await assert.rejects(assertLedgerExact(daemon, chain, ledger));
    await daemon.stop();
  });
});
