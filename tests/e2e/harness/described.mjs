// An API as its OpenAPI document describes it: requests and answers are held against that.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { devnet } from "./places.mjs";

const load = createRequire(join(devnet, "package.json"));
const Ajv = load("ajv/dist/2020").default;
const addFormats = load("ajv-formats").default;
const methods = ["get", "put", "post", "delete"];

const reference = /^#\/components\/(\w+)\/(\w+)$/;

/// The same, with references to component schemas by their names alone.
function named(part) {
  if (Array.isArray(part)) return part.map(named);
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) =>
    [key, key === "$ref" ? reference.exec(value)[2] : named(value)]));
}

export class DescribedApi {
  /// `api` asks; `document` is what it gives at /openapi.json.
  constructor(api, document) {
    Object.assign(this, { api, document, seen: new Set() });
    this.ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false });
    addFormats(this.ajv);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      this.ajv.addSchema(named(schema), name);
    }
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => ({
        ...item[method], method: method.toUpperCase(), path,
        parameters: [...item.parameters ?? [], ...item[method].parameters ?? []]
          .map((one) => this.#resolved(one)),
      })));
  }

  #resolved(part) {
    if (!part.$ref) return part;
    const [, kind, name] = reference.exec(part.$ref);
    return this.document.components[kind][name];
  }

  operation(id) {
    return this.operations.find(({ operationId }) => operationId === id) ??
      assert.fail(`no operation ${id}`);
  }

  /// Why a value is not what the schema says; undefined when it is.
  fault(schema, value) {
    const valid = this.ajv.validate(named(schema), value);
    return valid ? undefined : this.ajv.errorsText();
  }

  /// Sends what the document allows; the answer is as it says. `wrong`: the document does not
  /// allow this request, and it is refused.
  async ask(id, { path = {}, query = {}, headers = {}, body, key, wrong = false } = {}) {
    const operation = this.operation(id);
    const fault = this.#faultOfRequest(operation, { path, query, body });
    assert.equal(fault !== undefined, wrong, `${id}: ${fault}`);
    const target = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(path[name]));
    const search = new URLSearchParams(query).toString();
    const answer = await this.api.ask(operation.method, target + (search && `?${search}`),
      { body, headers, ...(key !== undefined && { key }) });
    this.#check(operation, answer);
    if (wrong) assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    return answer;
  }

  #faultOfRequest({ parameters, requestBody }, { path, query, body }) {
    const given = { path, query, header: {} };
    for (const { name, in: where, required, schema } of parameters) {
      const value = given[where][name];
      if (value === undefined) {
        if (required) return `${name}: is needed`;
        continue;
      }
      const fault = this.fault(schema, value);
      if (fault) return `${name}: ${fault}`;
    }
    for (const name of Object.keys(query)) {
      const isKnown = parameters.some((one) => one.in === "query" && one.name === name);
      if (!isKnown) return `${name}: no such parameter`;
    }
    if (!requestBody) return body === undefined ? undefined : "no body here";
    if (body === undefined) return "a body is needed";
    return this.fault(requestBody.content["application/json"].schema, body);
  }

  /// The status is listed, its headers are there, its body is as described.
  #check({ operationId, responses }, { status, headers, json, text }) {
    const where = `${operationId}: ${status} ${text.slice(0, 300)}`;
    assert.ok(responses[status], `${where}: is not described`);
    const { content, headers: promised = {} } = this.#resolved(responses[status]);
    for (const [name, header] of Object.entries(promised)) {
      const value = headers.get(name);
      if (value === null) assert.ok(!header.required, `${where}: no ${name}`);
      else assert.equal(this.fault(header.schema,
        header.schema.type === "integer" ? Number(value) : value), undefined, where);
    }
    this.seen.add(`${operationId} ${status}`);
    if (!content) return assert.equal(text, "", where);
    const type = headers.get("content-type").split(";")[0];
    assert.ok(content[type], `${where}: ${type}`);
    const fault = this.fault(content[type].schema, /json/.test(type) ? json : text);
    assert.equal(fault, undefined, where);
  }

  /// Statuses that are described, but were never seen.
  unseen(isWanted) {
    return this.operations.flatMap(({ operationId, responses }) => Object.keys(responses)
      .filter((status) => status !== "default" && isWanted(Number(status)))
      .map((status) => `${operationId} ${status}`))
      .filter((one) => !this.seen.has(one));
  }
}
