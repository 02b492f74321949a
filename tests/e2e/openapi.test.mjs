// The OpenAPI document and the daemon say the same: every operation is driven, and every request
// and answer is held against the document.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Daemon } from "./harness/daemon.mjs";
import { DescribedApi } from "./harness/described.mjs";
import { Lab } from "./harness/lab.mjs";
import { mintArt, mintGame } from "./harness/nfts.mjs";
import { devnet } from "./harness/places.mjs";
import { eventually } from "./harness/waiting.mjs";

const keys = { read: "r-11aa", write: "w-22bb", admin: "a-33cc", poor: "p-44dd" };
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const keyed = ({ security }) => security[0]?.key?.[0];

describe("the OpenAPI document", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, daemon, api, user, other, place;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const listed = Object.entries(keys).map(([name, key]) => ({ name, sha256: sha256(key),
      scopes: [name === "poor" ? "read" : name] }));
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data",
      [chainEntry(chain, { nftsFollowed: true })], {
        api: { listen: "127.0.0.1:0", threads: 2, max_body: "4KiB",
          auth: { mode: "api_key", keys: listed }, rate_limit: { per_key_rps: 50, burst: 200 } },
      }), keys.admin);
    await daemon.registerAll(chain);
    [user, other] = chain.wallets;
    await mintArt(chain, user.address);
    await mintGame(chain, user.address, 2, 5);
    await chain.transfer(chain.cpop, user.address, other.address, 17n);
    await chain.mine(1);
    await daemon.untilApplied(chain, (await chain.head()).number);
    api = new DescribedApi(daemon, await daemon.expect(200, "GET", "/openapi.json"));
    place = { user_id: user.user_id, chain_id: chain.chain_id };
  });
  after(() => lab.close());

  const balanceAt = (token_id) => ({ path: { ...place, token_id } });

  lab.it("is one of OpenAPI 3.1", async () => {
    const file = createRequire(join(devnet, "package.json"))
      .resolve("@seriousme/openapi-schema-validator");
    const { Validator } = await import(pathToFileURL(file));
    const { valid, errors } = await new Validator().validate(structuredClone(api.document));
    assert.ok(valid, JSON.stringify(errors));
  });

  lab.it("describes balances in all their forms", async () => {
    for (const token_id of Object.values(tokens)) await api.ask("getBalance", balanceAt(token_id));
    for (const query of [{ realtime: "true" }, { realtime: "true", confirmations: "2" },
      { finality: "latest" }, { at_block: String((await chain.head()).number) }]) {
      const { status, json } = await api.ask("getBalance", { ...balanceAt(tokens.cpop), query });
      assert.equal(status, 200, JSON.stringify(json));
    }
    for (const [id, path] of [["getBalance", balanceAt(tokens.cpop).path], ["listBalances", place]]) {
      const { headers } = await api.ask(id, { path });
      const same = await api.ask(id, { path, headers: { "if-none-match": headers.get("etag") } });
      assert.ok(same.status === 304 || same.headers.get("etag") !== headers.get("etag"));
    }
    const items = [{ ...place, token_id: tokens.cpop }, { ...place, token_id: 4711 }];
    for (const realtime of [false, true]) {
      const { json } = await api.ask("queryBalances", { body: { items, realtime } });
      assert.equal(json.items[1].error.type, "unknown-token");
    }
  });

  lab.it("describes lists that have something to show", async () => {
    for (const [id, query] of [["listBalances", {}], ["listNfts", {}], ["listWallets", {}],
      ["listChanges", { include_orphaned: "true" }], ["listEvents", { event_type: "Transfer" }],
      ["listEvents", { address: user.address, from_block: "1" }], ["listTokens", {}]]) {
      const path = api.operation(id).path.includes("{user_id}") ? place : {};
      const shared = { chain_id: String(chain.chain_id), limit: "1" };
      const { json } = await api.ask(id, { path, query: { ...query, ...shared } });
      assert.equal(json.items.length, 1, id);
      if (json.next_cursor) {
        await api.ask(id, { path, query: { ...query, ...shared, cursor: json.next_cursor } });
      }
      const all = await api.ask(id, { path, query });
      assert.ok(all.json.items.length > 0, id);
    }
  });

  lab.it("describes wallets and tokens that are put", async () => {
    const path = { user_id: "zoe", chain_id: chain.chain_id, address: chain.deployer };
    const put = () => api.ask("putWallet", { path, body: { is_deployed: true } });
    assert.equal((await put()).status, 201);
    assert.equal((await put()).status, 200);
    const taken = { ...path, user_id: "max" };
    assert.equal((await api.ask("putWallet", { path: taken, body: {} })).status, 409);
    assert.equal((await api.ask("deleteWallet", { path })).status, 204);
    assert.equal((await api.ask("deleteWallet", { path })).status, 404);
    const items = [{ user_id: "ann", chain_id: chain.chain_id, address: chain.deployer },
      { user_id: "bob", chain_id: 4711, address: chain.deployer }];
    const { json } = await api.ask("importWallets", { body: { items } });
    assert.deepEqual([json.created, json.rejected.length], [1, 1]);

    const listed = (await api.ask("listTokens")).json.items
      .find(({ token_id }) => token_id === tokens.usdt);
    const token = { chain_id: chain.chain_id, token_id: tokens.usdt };
    assert.equal((await api.ask("putToken", { path: token, body: listed })).status, 200);
    const changed = { ...listed, symbol: "OTHER" };
    assert.equal((await api.ask("putToken", { path: token, body: changed })).status, 409);
  });

  lab.it("describes the operators' routes", async () => {
    for (const id of ["getStatus", "getLivez", "getReadyz", "getMetrics", "getOpenapi", "getIndex"]) {
      assert.equal((await api.ask(id)).status, 200, id);
    }
    const path = { chain_id: chain.chain_id };
    const { number } = await chain.head();
    const resume = (from_block) => api.ask("resumeChain", { path, body: { from_block } });
    assert.equal((await resume(number - 1)).status, 200);
    assert.equal((await resume(number + 1000)).status, 409);
    const unknown = { chain_id: 4711 };
    assert.equal((await api.ask("resumeChain", { path: unknown, body: { from_block: 1 } })).status,
      404);
  });

  /// Something that may stand in each part of a path.
  const anywhere = () => ({ ...place, token_id: tokens.cpop, address: user.address });

  const bodies = {
    queryBalances: { items: [] }, putWallet: {}, importWallets: { items: [] },
    putToken: { kind: "erc20", symbol: "A", sync_class: "other" }, resumeChain: { from_block: 1 },
  };

  lab.it("describes what is refused, on every route", async () => {
    for (const operation of api.operations) {
      const { operationId: id, responses } = operation;
      const request = { path: anywhere(), body: bodies[id] };
      const unknown = await api.ask(id, { ...request, query: { what: "1" }, wrong: true });
      assert.equal(unknown.status, 400, id);
      const scope = keyed(operation);
      if (scope) assert.equal((await api.ask(id, { ...request, key: "none" })).status, 401, id);
      if (responses[403] && scope !== "read") {
        assert.equal((await api.ask(id, { ...request, key: keys.read })).status, 403, id);
      }
      if (!responses[415]) continue;
      const text = await api.ask(id, { ...request, headers: { "content-type": "text/plain" } });
      assert.equal(text.status, 415, id);
      const nonsense = await api.ask(id, { ...request, body: { what: 1 }, wrong: true });
      assert.equal(nonsense.status, 400, id);
    }
  });

  lab.it("describes what is not there, too large or too much", async () => {
    for (const [id, path] of [["getBalance", { ...anywhere(), user_id: "nobody" }],
      ["putWallet", { ...anywhere(), chain_id: 4711 }], ["putToken", { chain_id: 4711, token_id: 1 }]]) {
      const address = "0x00000000000000000000000000000000000000ff";
      const token = { ...bodies.putToken, decimals: 1, address };
      const body = id === "putToken" ? token : bodies[id];
      assert.equal((await api.ask(id, { path, body })).status, 404, id);
    }
    const before = { ...balanceAt(tokens.cpop), query: { at_block: "0" } };
    assert.equal((await api.ask("getBalance", before)).status, 409);
    const items = Array.from({ length: 200 }, () => ({ ...place, token_id: tokens.cpop }));
    assert.equal((await api.ask("queryBalances", { body: { items } })).status, 413);
    await eventually("a refusal of what is too much", async () => {
      const asked = await Promise.all(Array.from({ length: 250 }, () =>
        api.ask("getBalance", { ...balanceAt(tokens.cpop), key: keys.poor })));
      return asked.some(({ status }) => status === 429);
    });
  });

  lab.it("has no success that was not seen, and no operation that refuses nothing", () => {
    assert.deepEqual(api.unseen((status) => status < 300 || status === 400 || status === 401), []);
  });
});
