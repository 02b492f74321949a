// custodialbridge import wallets FILE.csv: beside a running daemon and without one, all or nothing a chunk, and again.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { eventually } from "./harness/waiting.mjs";

const head = "user_id,chain_id,address,is_deployed";
const address = (i) => `0x${(0xa0000000 + i).toString(16).padStart(40, "0")}`;

describe("import from CSV", { timeout: 240_000 }, () => {
  const lab = new Lab();
  let chain, daemon;

  lab.before(async () => {
    chain = await Chain.start(lab);
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)]));
  });
  after(() => lab.close());

  const row = (i, user = `csv-${i}`) => `${user},${chain.chain_id},${address(i)},true`;

  function run(lines, name = "some.csv") {
    const file = lab.path(name);
    writeFileSync(file, lines.join("\n"));
    const done = spawnSync(process.env.CB_DAEMON,
      ["import", "wallets", file, "--config", daemon.configFile], { encoding: "utf8" });
    return { status: done.status, out: done.stdout, err: done.stderr.replace(file, name) };
  }
  const walletsOf = async (user) =>
    (await daemon.expect(200, "GET", `/v1/users/${user}/wallets`)).items;

  lab.it("registers, and the running daemon follows them", async () => {
    const [{ address: funded }] = chain.wallets;
    const { status, out, err } = run([head, row(1), `csv-0,${chain.chain_id},${funded},`, row(2)]);
    assert.equal(err, "");
    assert.equal(status, 0);
    assert.equal(out, "3 wallets registered, 0 were known before\n");
    await eventually("tracked", async () =>
      (await walletsOf("csv-0"))[0]?.tracking === "tracked", { seconds: 20 });
    const { balance_raw } = await daemon.balance("csv-0", chain.chain_id, tokens.cpop);
    assert.equal(balance_raw, String(await chain.balanceOf(chain.cpop, funded)));
    assert.equal((await walletsOf("csv-1"))[0].is_deployed, true);
    assert.equal((await walletsOf("csv-0"))[0].is_deployed, false);
  });

  lab.it("the same again changes nothing", async () => {
    assert.equal(run([head, row(1), row(2)]).out,
      "0 wallets registered, 2 were known before\n");
  });

  lab.it("a bad line is exit 1 with its number, and its chunk is not there", async () => {
    const cases = [
      [[row(10), "x y,31337,0x12,"], "some.csv:3: "],
      [[row(10), row(11).replace("31337", "77")], "some.csv:3: chain 77 is not configured"],
      [[row(10), row(11).replace("true", "yes")], "some.csv:3: 'yes' is neither true nor false"],
      [[row(10), row(1, "another")], "some.csv:3: 0x"],
      [[row(10), "a,b"], "some.csv:3: has 2 fields"],
    ];
    for (const [lines, told] of cases) {
      const { status, err } = run([head, ...lines]);
      assert.equal(status, 1, told);
      assert.ok(err.startsWith(`custodialbridge: ${told}`), err);
      assert.match(err, /nothing is imported/);
      assert.deepEqual(await walletsOf("csv-10"), []);
    }
  });

  lab.it("chunks before a bad line stay, and the mended file is imported on", async () => {
    const lines = Array.from({ length: 12_000 }, (_, i) => row(1_000 + i));
    const bad = [...lines.slice(0, 11_000), "broken", ...lines.slice(11_000)];
    const { status, err } = run([head, ...bad]);
    assert.equal(status, 1);
    assert.match(err, /some\.csv:11002: .*the lines up to 10001 are imported/);
    assert.deepEqual(await walletsOf("csv-11000"), []);
    assert.equal(run([head, ...lines]).out,
      "2000 wallets registered, 10000 were known before\n");
  });

  lab.it("a file or a command that is not there is exit 2", () => {
    const none = spawnSync(process.env.CB_DAEMON,
      ["import", "wallets", lab.path("none.csv"), "--config", daemon.configFile]);
    assert.equal(none.status, 2);
    const what = spawnSync(process.env.CB_DAEMON, ["import", "cats", "a", "--config", "b"]);
    assert.equal(what.status, 2);
  });

  lab.it("without a daemon the embedded database is started for it", async () => {
    await daemon.stop();
    assert.equal(run([head, row(50)]).out, "1 wallets registered, 0 were known before\n");
  });
});
