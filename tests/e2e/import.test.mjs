// Ten thousand wallets in one request, while blocks with their transfers come in.
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { assertCachedBalancesTrue, assertTablesExact } from "./harness/truth.mjs";
import { eventually } from "./harness/waiting.mjs";

const most = 10_000;
const receivers = 100; // of the imported addresses, at a time

const addressOf = (i) => `0x${(0xcb0000000000 + i).toString(16).padStart(40, "0")}`;

describe("an import of wallets", { timeout: 360_000 }, () => {
  const lab = new Lab();
  let chain, daemon, ledger;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
    ledger = Ledger.embeddedIn(daemon.dataDir);
  });
  after(() => lab.close());

  const importAll = (items) => {
    return daemon.ask("POST", "/v1/wallets/import", { body: { items }, seconds: 30 });
  };
  const item = (user_id, address) => ({ user_id, chain_id: chain.chain_id, address });

  lab.it("of ten thousand, under traffic, ends with all of them followed and exact", async () => {
    const items = chain.wallets.map(({ user_id, address }) => item(user_id, address));
    for (let i = items.length; i < most; i++) items.push(item(`holder-${i % 700}`, addressOf(i)));
    const traffic = chain.traffic({ tps: 25, seed: 12 });
    chain.mineEvery(0.25);
    let sent = 0;
    const giveSome = async () => {
      const some = items.slice(sent % most, (sent % most) + receivers);
      sent += 997;
      const addresses = some.map(({ address }) => address);
      await chain.transferMany(chain.wallets[0].address, addresses, 3n);
    };
    for (let i = 0; i < 5; i++) await giveSome();
    const answer = await importAll(items);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { created: most, unchanged: 0, rejected: [] });
    await eventually("the opening of all wallets", async () => {
      await giveSome();
      const { waiting } = await ledger.row(`SELECT count(*)::int AS waiting FROM wallets
        WHERE chain_id = ${chain.chain_id} AND tracked_from IS NULL`);
      return waiting === 0;
    }, { seconds: 180, every: 200 });
    for (let i = 0; i < 5; i++) await giveSome();
    await traffic.stop();
    await chain.mineEvery(0);
    await chain.mine(2);
    const head = await daemon.untilAtHead(chain);
    await assertCachedBalancesTrue(daemon, chain);
    await assertTablesExact(chain, ledger, head);
  });

  lab.it("again changes nothing, and says item by item what it does not take", async () => {
    const { user_id, address } = chain.wallets[0];
    const answer = await importAll([
      item(user_id, address), item("somebody-else", address), item("new", addressOf(most + 1)),
      { ...item("new", addressOf(most + 2)), chain_id: 5 }, { user_id: "new" },
      item("new", addressOf(most + 1)),
    ]);
    assert.equal(answer.status, 200, answer.text);
    const { created, unchanged, rejected } = answer.json;
    assert.deepEqual([created, unchanged], [1, 2]);
    assert.deepEqual(rejected.map(({ index, error }) => [index, error.type]), [
      [1, "wallet-owned-by-another-user"], [3, "unknown-chain"], [4, "invalid-body"],
    ]);
    await daemon.tracked("new");
  });

  lab.it("of more is refused, with nothing taken", async () => {
    const items = [];
    while (items.length <= most) items.push(item("many", addressOf(2 * most + items.length)));
    assertProblem(await importAll(items), 400, "invalid-body");
    const { items: taken } = await daemon.expect(200, "GET", "/v1/users/many/wallets");
    assert.deepEqual(taken, []);
  });
});
