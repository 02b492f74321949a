// custodialbridge import wallets|tokens FILE.csv: beside a running daemon and without one, all or nothing a chunk, and again.
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

  function run(lines, name = "some.csv", rows = "wallets") {
    const file = lab.path(name);
    writeFileSync(file, lines.join("\n"));
    const done = spawnSync(process.env.CB_DAEMON,
      ["import", rows, file, "--config", daemon.configFile], { encoding: "utf8" });
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

  const tokenHead = "chain_id,token_id,kind,symbol,decimals,sync_class,address,realtime,mismatch_threshold";
  const gold = () => `${chain.chain_id},20,erc20,GOLD,18,major,${address(20)},true,5`;
  const importTokens = (lines) => run([tokenHead, ...lines], "some.csv", "tokens");
  const listed = async () => (await daemon.expect(200, "GET", "/v1/tokens")).items;

  lab.it("tokens are put, and the running daemon follows them", async () => {
    const before = await listed();
    const silver = `${chain.chain_id},21,erc20,SILVER,2,other,${address(21)},,`;
    const { status, out, err } = importTokens([gold(), silver]);
    assert.equal(err, "");
    assert.equal(status, 0);
    assert.equal(out, "2 tokens put, 0 were known before\n");
    const put = await eventually("both in the list", async () => {
      const added = (await listed()).filter(({ token_id }) => token_id >= 20);
      return added.length === 2 && added;
    });
    assert.deepEqual(put.map((token) => [token.symbol, token.decimals, token.realtime,
      token.mismatch_threshold]), [["GOLD", 18, true, "5"], ["SILVER", 2, false, "1000000"]]);
    const [cpop] = before.filter(({ symbol }) => symbol === "CPOP");
    const known = `${chain.chain_id},${cpop.token_id},erc20,CPOP,18,cpop,${cpop.address},true,${
      cpop.mismatch_threshold}`;
    assert.equal(importTokens([gold(), known]).out, "0 tokens put, 2 were known before\n");
    const changed = gold().replace(",5", ",7").replace("GOLD", "AU");
    assert.equal(importTokens([changed]).out, "1 tokens put, 0 were known before\n");
    await eventually("the change", async () =>
      (await listed()).some(({ symbol }) => symbol === "AU"));
  });

  lab.it("a bad token is exit 1 with its line, and its chunk is not there", async () => {
    const line = (text) => text.replace(",20,", ",30,").replace(address(20), address(30));
    const cases = [
      [line(gold()).replace("erc20", "erc99"), "kind: 'erc99' is not one of its values"],
      [line(gold()).replace("18", "-1"), "decimals: '-1' is not one of its values"],
      [line(gold()).replace("true", "maybe"), "'maybe' is neither true nor false"],
      [line(gold()).replace(`${chain.chain_id}`, "77"), "chain 77 is not configured"],
      [line(gold()).replace(address(30), ""), "address: is needed"],
      [gold().replace(",20,", ",30,"), "token 20 is this one already"],
      [gold().replace(",20,", `,${tokens.cpop},`),
        `token ${tokens.cpop} is the configuration's: change it there`],
    ];
    for (const [bad, told] of cases) {
      const good = gold().replace(",20,", ",40,").replace(address(20), address(40));
      const { status, err } = importTokens([good, bad]);
      assert.equal(status, 1, told);
      assert.ok(err.startsWith(`custodialbridge: some.csv:3: ${told}`), err);
    }
    assert.ok((await listed()).every(({ token_id }) => token_id < 30));
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
