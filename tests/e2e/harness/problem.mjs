// Errors as RFC 9457 says them.
import assert from "node:assert/strict";

/// The answer is a problem of this status and type; its detail.
export function assertProblem({ status, headers, json, text }, expectedStatus, expectedType) {
  assert.equal(status, expectedStatus, text);
  assert.match(headers.get("content-type"), /^application\/problem\+json\b/);
  assert.deepEqual(Object.keys(json).sort(), ["detail", "status", "title", "type"]);
  assert.equal(json.status, expectedStatus);
  assert.equal(json.type, expectedType, json.detail);
  assert.ok(json.title.length > 0 && json.detail.length > 0, text);
  return json.detail;
}
